/** Definitions of futures, options and spreads: messages of templates.ts. */
export const TEMPLATE_DEFINITIONS = `  <message name="MDInstrumentDefinitionFuture54" id="54" blockLength="216">
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="0"/>
    <field name="TotNumReports" type="uInt32NULL" offset="1"/>
    <field name="SecurityUpdateAction" type="SecurityUpdateAction" offset="5"/>
    <field name="LastUpdateTime" type="uInt64" offset="6"/>
    <field name="MDSecurityTradingStatus" type="SecurityTradingStatus" offset="14"/>
    <field name="ApplID" type="Int16" offset="15"/>
    <field name="MarketSegmentID" type="uInt8" offset="17"/>
    <field name="UnderlyingProduct" type="uInt8" offset="18"/>
    <field name="SecurityExchange" type="SecurityExchange" offset="19"/>
    <field name="SecurityGroup" type="SecurityGroup" offset="23"/>
    <field name="Asset" type="Asset" offset="29"/>
    <field name="Symbol" type="Symbol" offset="35"/>
    <field name="SecurityID" type="Int32" offset="55"/>
    <field name="SecurityIDSource" type="SecurityIDSource"/>
    <field name="SecurityType" type="SecurityType" offset="59"/>
    <field name="CFICode" type="CFICode" offset="65"/>
    <field name="MaturityMonthYear" type="MaturityMonthYear" offset="71"/>
    <field name="Currency" type="Currency" offset="76"/>
    <field name="SettlCurrency" type="Currency" offset="79"/>
    <field name="MatchAlgorithm" type="CHAR" offset="82"/>
    <field name="MinTradeVol" type="uInt32" offset="83"/>
    <field name="MaxTradeVol" type="uInt32" offset="87"/>
    <field name="MinPriceIncrement" type="PRICE9" offset="91"/>
    <field name="DisplayFactor" type="Decimal9" offset="99"/>
    <field name="MainFraction" type="uInt8NULL" offset="107"/>
    <field name="SubFraction" type="uInt8NULL" offset="108"/>
    <field name="PriceDisplayFormat" type="uInt8NULL" offset="109"/>
    <field name="UnitOfMeasure" type="UnitOfMeasure" offset="110"/>
    <field name="UnitOfMeasureQty" type="Decimal9NULL" offset="140"/>
    <field name="TradingReferencePrice" type="PRICENULL9" offset="148"/>
    <field name="SettlPriceType" type="SettlPriceType" offset="156"/>
    <field name="OpenInterestQty" type="Int32NULL" offset="157"/>
    <field name="ClearedVolume" type="Int32NULL" offset="161"/>
    <field name="HighLimitPrice" type="PRICENULL9" offset="165"/>
    <field name="LowLimitPrice" type="PRICENULL9" offset="173"/>
    <field name="MaxPriceVariation" type="PRICENULL9" offset="181"/>
    <field name="DecayQuantity" type="Int32NULL" offset="189"/>
    <field name="DecayStartDate" type="LocalMktDate" offset="193"/>
    <field name="OriginalContractSize" type="Int32NULL" offset="195"/>
    <field name="ContractMultiplier" type="Int32NULL" offset="199"/>
    <field name="ContractMultiplierUnit" type="Int8NULL" offset="203"/>
    <field name="FlowScheduleType" type="Int8NULL" offset="204"/>
    <field name="MinPriceIncrementAmount" type="PRICENULL9" offset="205"/>
    <field name="UserDefinedInstrument" type="UserDefinedInstrument" offset="213"/>
    <field name="TradingReferenceDate" type="LocalMktDate" offset="214"/>
    <group name="NoEvents" blockLength="9" dimensionType="groupSize">
      <field name="EventType" type="EventType" offset="0"/>
      <field name="EventTime" type="uInt64" offset="1"/>
    </group>
    <group name="NoMDFeedTypes" blockLength="4" dimensionType="groupSize">
      <field name="MDFeedType" type="MDFeedType" offset="0"/>
      <field name="MarketDepth" type="Int8" offset="3"/>
    </group>
    <group name="NoInstAttrib" blockLength="4" dimensionType="groupSize">
      <field name="InstAttribType" type="InstAttribType"/>
      <field name="InstAttribValue" type="InstAttribValue" offset="0"/>
    </group>
    <group name="NoLotTypeRules" blockLength="5" dimensionType="groupSize">
      <field name="LotType" type="Int8" offset="0"/>
      <field name="MinLotSize" type="DecimalQty" offset="1"/>
    </group>
  </message>
  <message name="MDInstrumentDefinitionOption55" id="55" blockLength="213">
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="0"/>
    <field name="TotNumReports" type="uInt32NULL" offset="1"/>
    <field name="SecurityUpdateAction" type="SecurityUpdateAction" offset="5"/>
    <field name="LastUpdateTime" type="uInt64" offset="6"/>
    <field name="MDSecurityTradingStatus" type="SecurityTradingStatus" offset="14"/>
    <field name="ApplID" type="Int16" offset="15"/>
    <field name="MarketSegmentID" type="uInt8" offset="17"/>
    <field name="UnderlyingProduct" type="uInt8" offset="18"/>
    <field name="SecurityExchange" type="SecurityExchange" offset="19"/>
    <field name="SecurityGroup" type="SecurityGroup" offset="23"/>
    <field name="Asset" type="Asset" offset="29"/>
    <field name="Symbol" type="Symbol" offset="35"/>
    <field name="SecurityID" type="Int32" offset="55"/>
    <field name="SecurityIDSource" type="SecurityIDSource"/>
    <field name="SecurityType" type="SecurityType" offset="59"/>
    <field name="CFICode" type="CFICode" offset="65"/>
    <field name="PutOrCall" type="PutOrCall" offset="71"/>
    <field name="MaturityMonthYear" type="MaturityMonthYear" offset="72"/>
    <field name="Currency" type="Currency" offset="77"/>
    <field name="StrikePrice" type="PRICENULL9" offset="80"/>
    <field name="StrikeCurrency" type="Currency" offset="88"/>
    <field name="SettlCurrency" type="Currency" offset="91"/>
    <field name="MinCabPrice" type="PRICENULL9" offset="94"/>
    <field name="MatchAlgorithm" type="CHAR" offset="102"/>
    <field name="MinTradeVol" type="uInt32" offset="103"/>
    <field name="MaxTradeVol" type="uInt32" offset="107"/>
    <field name="MinPriceIncrement" type="PRICENULL9" offset="111"/>
    <field name="MinPriceIncrementAmount" type="PRICENULL9" offset="119"/>
    <field name="DisplayFactor" type="Decimal9" offset="127"/>
    <field name="TickRule" type="Int8NULL" offset="135"/>
    <field name="MainFraction" type="uInt8NULL" offset="136"/>
    <field name="SubFraction" type="uInt8NULL" offset="137"/>
    <field name="PriceDisplayFormat" type="uInt8NULL" offset="138"/>
    <field name="UnitOfMeasure" type="UnitOfMeasure" offset="139"/>
    <field name="UnitOfMeasureQty" type="Decimal9NULL" offset="169"/>
    <field name="TradingReferencePrice" type="PRICENULL9" offset="177"/>
    <field name="SettlPriceType" type="SettlPriceType" offset="185"/>
    <field name="ClearedVolume" type="Int32NULL" offset="186"/>
    <field name="OpenInterestQty" type="Int32NULL" offset="190"/>
    <field name="LowLimitPrice" type="PRICENULL9" offset="194"/>
    <field name="HighLimitPrice" type="PRICENULL9" offset="202"/>
    <field name="UserDefinedInstrument" type="UserDefinedInstrument" offset="210"/>
    <field name="TradingReferenceDate" type="LocalMktDate" offset="211"/>
    <group name="NoEvents" blockLength="9" dimensionType="groupSize">
      <field name="EventType" type="EventType" offset="0"/>
      <field name="EventTime" type="uInt64" offset="1"/>
    </group>
    <group name="NoMDFeedTypes" blockLength="4" dimensionType="groupSize">
      <field name="MDFeedType" type="MDFeedType" offset="0"/>
      <field name="MarketDepth" type="Int8" offset="3"/>
    </group>
    <group name="NoInstAttrib" blockLength="4" dimensionType="groupSize">
      <field name="InstAttribType" type="InstAttribType"/>
      <field name="InstAttribValue" type="InstAttribValue" offset="0"/>
    </group>
    <group name="NoLotTypeRules" blockLength="5" dimensionType="groupSize">
      <field name="LotType" type="Int8" offset="0"/>
      <field name="MinLotSize" type="DecimalQty" offset="1"/>
    </group>
    <group name="NoUnderlyings" blockLength="24" dimensionType="groupSize">
      <field name="UnderlyingSecurityID" type="Int32" offset="0"/>
      <field name="UnderlyingSecurityIDSource" type="SecurityIDSource"/>
      <field name="UnderlyingSymbol" type="UnderlyingSymbol" offset="4"/>
    </group>
    <group name="NoRelatedInstruments" blockLength="24" dimensionType="groupSize">
      <field name="RelatedSecurityID" type="Int32" offset="0"/>
      <field name="RelatedSecurityIDSource" type="SecurityIDSource"/>
      <field name="RelatedSymbol" type="Symbol" offset="4"/>
    </group>
  </message>
  <message name="MDInstrumentDefinitionSpread56" id="56" blockLength="195">
    <field name="MatchEventIndicator" type="MatchEventIndicator" offset="0"/>
    <field name="TotNumReports" type="uInt32NULL" offset="1"/>
    <field name="SecurityUpdateAction" type="SecurityUpdateAction" offset="5"/>
    <field name="LastUpdateTime" type="uInt64" offset="6"/>
    <field name="MDSecurityTradingStatus" type="SecurityTradingStatus" offset="14"/>
    <field name="ApplID" type="Int16" offset="15"/>
    <field name="MarketSegmentID" type="uInt8" offset="17"/>
    <field name="UnderlyingProduct" type="uInt8NULL" offset="18"/>
    <field name="SecurityExchange" type="SecurityExchange" offset="19"/>
    <field name="SecurityGroup" type="SecurityGroup" offset="23"/>
    <field name="Asset" type="Asset" offset="29"/>
    <field name="Symbol" type="Symbol" offset="35"/>
    <field name="SecurityID" type="Int32" offset="55"/>
    <field name="SecurityIDSource" type="SecurityIDSource"/>
    <field name="SecurityType" type="SecurityType" offset="59"/>
    <field name="CFICode" type="CFICode" offset="65"/>
    <field name="MaturityMonthYear" type="MaturityMonthYear" offset="71"/>
    <field name="Currency" type="Currency" offset="76"/>
    <field name="SecuritySubType" type="SecuritySubType" offset="79"/>
    <field name="UserDefinedInstrument" type="UserDefinedInstrument" offset="84"/>
    <field name="MatchAlgorithm" type="CHAR" offset="85"/>
    <field name="MinTradeVol" type="uInt32" offset="86"/>
    <field name="MaxTradeVol" type="uInt32" offset="90"/>
    <field name="MinPriceIncrement" type="PRICENULL9" offset="94"/>
    <field name="DisplayFactor" type="Decimal9" offset="102"/>
    <field name="PriceDisplayFormat" type="uInt8NULL" offset="110"/>
    <field name="PriceRatio" type="PRICENULL9" offset="111"/>
    <field name="TickRule" type="Int8NULL" offset="119"/>
    <field name="UnitOfMeasure" type="UnitOfMeasure" offset="120"/>
    <field name="TradingReferencePrice" type="PRICENULL9" offset="150"/>
    <field name="SettlPriceType" type="SettlPriceType" offset="158"/>
    <field name="OpenInterestQty" type="Int32NULL" offset="159"/>
    <field name="ClearedVolume" type="Int32NULL" offset="163"/>
    <field name="HighLimitPrice" type="PRICENULL9" offset="167"/>
    <field name="LowLimitPrice" type="PRICENULL9" offset="175"/>
    <field name="MaxPriceVariation" type="PRICENULL9" offset="183"/>
    <field name="MainFraction" type="uInt8NULL" offset="191"/>
    <field name="SubFraction" type="uInt8NULL" offset="192"/>
    <field name="TradingReferenceDate" type="LocalMktDate" offset="193"/>
    <group name="NoEvents" blockLength="9" dimensionType="groupSize">
      <field name="EventType" type="EventType" offset="0"/>
      <field name="EventTime" type="uInt64" offset="1"/>
    </group>
    <group name="NoMDFeedTypes" blockLength="4" dimensionType="groupSize">
      <field name="MDFeedType" type="MDFeedType" offset="0"/>
      <field name="MarketDepth" type="Int8" offset="3"/>
    </group>
    <group name="NoInstAttrib" blockLength="4" dimensionType="groupSize">
      <field name="InstAttribType" type="InstAttribType"/>
      <field name="InstAttribValue" type="InstAttribValue" offset="0"/>
    </group>
    <group name="NoLotTypeRules" blockLength="5" dimensionType="groupSize">
      <field name="LotType" type="Int8" offset="0"/>
      <field name="MinLotSize" type="DecimalQty" offset="1"/>
    </group>
    <group name="NoLegs" blockLength="18" dimensionType="groupSize">
      <field name="LegSecurityID" type="Int32" offset="0"/>
      <field name="LegSecurityIDSource" type="SecurityIDSource"/>
      <field name="LegSide" type="LegSide" offset="4"/>
      <field name="LegRatioQty" type="Int8" offset="5"/>
      <field name="LegPrice" type="PRICENULL9" offset="6"/>
      <field name="LegOptionDelta" type="DecimalQty" offset="14"/>
    </group>
  </message>`;
