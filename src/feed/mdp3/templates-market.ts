/** Messages of templates.ts but for the definitions of instruments. */
export const TEMPLATE_MARKET = `  <message name="ChannelReset4" id="4" blockLength="9">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="2" dimensionType="groupSize">
      <field name="MDUpdateAction" type="MDUpdateTypeNew" sinceVersion="2"/>
      <field name="MDEntryType" type="MDEntryTypeChannelReset"/>
      <field name="ApplID" type="Int16" offset="0" sinceVersion="3"/>
    </group>
  </message>
  <message name="AdminHeartbeat12" id="12" blockLength="0">
  </message>
  <message name="SecurityStatus30" id="30" blockLength="30">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="SecurityGroup" type="SecurityGroup" offset="8"/>
    <field name="Asset" type="Asset" offset="14"/>
    <field name="SecurityID" type="Int32NULL" offset="20"/>
    <field name="TradeDate" type="LocalMktDate" offset="24"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="26"/>
    <field name="SecurityTradingStatus" type="SecurityTradingStatus" offset="27"/>
    <field name="HaltReason" type="HaltReason" offset="28"/>
    <field name="SecurityTradingEvent" type="SecurityTradingEvent" offset="29"/>
  </message>
  <message name="MDIncrementalRefreshVolume37" id="37" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="16" dimensionType="groupSize">
      <field name="MDEntrySize" type="Int32" offset="0"/>
      <field name="SecurityID" type="Int32" offset="4"/>
      <field name="RptSeq" type="uInt32" offset="8"/>
      <field name="MDUpdateAction" type="MDUpdateAction" offset="12"/>
      <field name="MDEntryType" type="MDEntryTypeVol"/>
    </group>
  </message>
  <message name="QuoteRequest39" id="39" blockLength="35">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="QuoteReqID" type="QuoteReqId" offset="8"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="31"/>
    <group name="NoRelatedSym" blockLength="32" dimensionType="groupSize">
      <field name="Symbol" type="Symbol" offset="0"/>
      <field name="SecurityID" type="Int32" offset="20"/>
      <field name="OrderQty" type="Int32NULL" offset="24"/>
      <field name="QuoteType" type="Int8" offset="28"/>
      <field name="Side" type="Int8NULL" offset="29"/>
    </group>
  </message>
  <message name="MDIncrementalRefreshBook46" id="46" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="32" dimensionType="groupSize">
      <field name="MDEntryPx" type="PRICENULL9" offset="0"/>
      <field name="MDEntrySize" type="Int32NULL" offset="8"/>
      <field name="SecurityID" type="Int32" offset="12"/>
      <field name="RptSeq" type="uInt32" offset="16"/>
      <field name="NumberOfOrders" type="Int32NULL" offset="20"/>
      <field name="MDPriceLevel" type="uInt8" offset="24"/>
      <field name="MDUpdateAction" type="MDUpdateAction" offset="25"/>
      <field name="MDEntryType" type="MDEntryTypeBook" offset="26"/>
    </group>
    <group name="NoOrderIDEntries" blockLength="24" dimensionType="groupSize8Byte">
      <field name="OrderID" type="uInt64" offset="0"/>
      <field name="MDOrderPriority" type="uInt64NULL" offset="8"/>
      <field name="MDDisplayQty" type="Int32NULL" offset="16"/>
      <field name="ReferenceID" type="uInt8NULL" offset="20"/>
      <field name="OrderUpdateAction" type="OrderUpdateAction" offset="21"/>
    </group>
  </message>
  <message name="MDIncrementalRefreshOrderBook47" id="47" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="40" dimensionType="groupSize">
      <field name="OrderID" type="uInt64NULL" offset="0"/>
      <field name="MDOrderPriority" type="uInt64NULL" offset="8"/>
      <field name="MDEntryPx" type="PRICENULL9" offset="16"/>
      <field name="MDDisplayQty" type="Int32NULL" offset="24"/>
      <field name="SecurityID" type="Int32" offset="28"/>
      <field name="MDUpdateAction" type="MDUpdateAction" offset="32"/>
      <field name="MDEntryType" type="MDEntryTypeBook" offset="33"/>
    </group>
  </message>
  <message name="MDIncrementalRefreshTradeSummary48" id="48" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="32" dimensionType="groupSize">
      <field name="MDEntryPx" type="PRICE9" offset="0"/>
      <field name="MDEntrySize" type="Int32" offset="8"/>
      <field name="SecurityID" type="Int32" offset="12"/>
      <field name="RptSeq" type="uInt32" offset="16"/>
      <field name="NumberOfOrders" type="Int32" offset="20"/>
      <field name="AggressorSide" type="AggressorSide" offset="24"/>
      <field name="MDUpdateAction" type="MDUpdateAction" offset="25"/>
      <field name="MDEntryType" type="MDEntryTypeTrade"/>
      <field name="MDTradeEntryID" type="uInt32NULL" offset="26"/>
    </group>
    <group name="NoOrderIDEntries" blockLength="16" dimensionType="groupSize8Byte">
      <field name="OrderID" type="uInt64" offset="0"/>
      <field name="LastQty" type="Int32" offset="8"/>
    </group>
  </message>
  <message name="MDIncrementalRefreshDailyStatistics49" id="49" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="32" dimensionType="groupSize">
      <field name="MDEntryPx" type="PRICENULL9" offset="0"/>
      <field name="MDEntrySize" type="Int32NULL" offset="8"/>
      <field name="SecurityID" type="Int32" offset="12"/>
      <field name="RptSeq" type="uInt32" offset="16"/>
      <field name="TradingReferenceDate" type="LocalMktDate" offset="20"/>
      <field name="SettlPriceType" type="SettlPriceType" offset="22"/>
      <field name="MDUpdateAction" type="MDUpdateAction" offset="23"/>
      <field name="MDEntryType" type="MDEntryTypeDailyStatistics" offset="24"/>
    </group>
  </message>
  <message name="MDIncrementalRefreshLimitsBanding50" id="50" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="32" dimensionType="groupSize">
      <field name="HighLimitPrice" type="PRICENULL9" offset="0"/>
      <field name="LowLimitPrice" type="PRICENULL9" offset="8"/>
      <field name="MaxPriceVariation" type="PRICENULL9" offset="16"/>
      <field name="SecurityID" type="Int32" offset="24"/>
      <field name="RptSeq" type="uInt32" offset="28"/>
      <field name="MDUpdateAction" type="MDUpdateActionNew"/>
      <field name="MDEntryType" type="MDEntryTypeLimits"/>
    </group>
  </message>
  <message name="MDIncrementalRefreshSessionStatistics51" id="51" blockLength="11">
    <field name="TransactTime" type="uInt64" offset="0"/>
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="8"/>
    <group name="NoMDEntries" blockLength="24" dimensionType="groupSize">
      <field name="MDEntryPx" type="PRICE9" offset="0"/>
      <field name="SecurityID" type="Int32" offset="8"/>
      <field name="RptSeq" type="uInt32" offset="12"/>
      <field name="OpenCloseSettlFlag" type="OpenCloseSettlFlag" offset="16"/>
      <field name="MDUpdateAction" type="MDUpdateAction" offset="17"/>
      <field name="MDEntryType" type="MDEntryTypeStatistics" offset="18"/>
      <field name="MDEntrySize" type="Int32NULL" offset="19"/>
    </group>
  </message>
  <message name="SnapshotFullRefresh52" id="52" blockLength="59">
    <field name="LastMsgSeqNumProcessed" type="uInt32" offset="0"/>
    <field name="TotNumReports" type="uInt32" offset="4"/>
    <field name="SecurityID" type="Int32" offset="8"/>
    <field name="RptSeq" type="uInt32" offset="12"/>
    <field name="TransactTime" type="uInt64" offset="16"/>
    <field name="LastUpdateTime" type="uInt64" offset="24"/>
    <field name="TradeDate" type="LocalMktDate" offset="32"/>
    <field name="MDSecurityTradingStatus" type="SecurityTradingStatus" offset="34"/>
    <field name="HighLimitPrice" type="PRICENULL9" offset="35"/>
    <field name="LowLimitPrice" type="PRICENULL9" offset="43"/>
    <field name="MaxPriceVariation" type="PRICENULL9" offset="51"/>
    <group name="NoMDEntries" blockLength="22" dimensionType="groupSize">
      <field name="MDEntryPx" type="PRICENULL9" offset="0"/>
      <field name="MDEntrySize" type="Int32NULL" offset="8"/>
      <field name="NumberOfOrders" type="Int32NULL" offset="12"/>
      <field name="MDPriceLevel" type="Int8NULL" offset="16"/>
      <field name="TradingReferenceDate" type="LocalMktDate" offset="17"/>
      <field name="OpenCloseSettlFlag" type="OpenCloseSettlFlag" offset="19"/>
      <field name="SettlPriceType" type="SettlPriceType" offset="20"/>
      <field name="MDEntryType" type="MDEntryType" offset="21"/>
    </group>
  </message>
  <message name="SnapshotFullRefreshOrderBook53" id="53" blockLength="28">
    <field name="LastMsgSeqNumProcessed" type="uInt32" offset="0"/>
    <field name="TotNumReports" type="uInt32" offset="4"/>
    <field name="SecurityID" type="Int32" offset="8"/>
    <field name="NoChunks" type="uInt32" offset="12"/>
    <field name="CurrentChunk" type="uInt32" offset="16"/>
    <field name="TransactTime" type="uInt64" offset="20"/>
    <group name="NoMDEntries" blockLength="29" dimensionType="groupSize">
      <field name="OrderID" type="uInt64" offset="0"/>
      <field name="MDOrderPriority" type="uInt64NULL" offset="8"/>
      <field name="MDEntryPx" type="PRICE9" offset="16"/>
      <field name="MDDisplayQty" type="Int32" offset="24"/>
      <field name="MDEntryType" type="MDEntryTypeBook" offset="28"/>
    </group>
  </message>`;
