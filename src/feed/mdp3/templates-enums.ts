/** Enumerations and bit sets of templates.ts. */
export const TEMPLATE_ENUMS = `    <enum name="AggressorSide" encodingType="uInt8NULL">
      <validValue name="NoAggressor">0</validValue>
      <validValue name="Buy">1</validValue>
      <validValue name="Sell">2</validValue>
    </enum>
    <enum name="EventType" encodingType="uInt8">
      <validValue name="Activation">5</validValue>
      <validValue name="LastEligibleTradeDate">7</validValue>
    </enum>
    <enum name="HaltReason" encodingType="uInt8">
      <validValue name="GroupSchedule">0</validValue>
      <validValue name="SurveillanceIntervention">1</validValue>
      <validValue name="MarketEvent">2</validValue>
      <validValue name="InstrumentActivation">3</validValue>
      <validValue name="InstrumentExpiration">4</validValue>
      <validValue name="Unknown">5</validValue>
      <validValue name="RecoveryInProcess">6</validValue>
    </enum>
    <enum name="LegSide" encodingType="uInt8">
      <validValue name="BuySide">1</validValue>
      <validValue name="SellSide">2</validValue>
    </enum>
    <enum name="MDEntryType" encodingType="CHAR">
      <validValue name="Bid">0</validValue>
      <validValue name="Offer">1</validValue>
      <validValue name="Trade">2</validValue>
      <validValue name="OpenPrice">4</validValue>
      <validValue name="SettlementPrice">6</validValue>
      <validValue name="TradingSessionHighPrice">7</validValue>
      <validValue name="TradingSessionLowPrice">8</validValue>
      <validValue name="ClearedVolume">B</validValue>
      <validValue name="OpenInterest">C</validValue>
      <validValue name="ImpliedBid">E</validValue>
      <validValue name="ImpliedOffer">F</validValue>
      <validValue name="BookReset">J</validValue>
      <validValue name="SessionHighBid">N</validValue>
      <validValue name="SessionLowOffer">O</validValue>
      <validValue name="FixingPrice">W</validValue>
      <validValue name="ElectronicVolume">e</validValue>
      <validValue name="ThresholdLimitsandPriceBandVariation">g</validValue>
    </enum>
    <enum name="MDEntryTypeBook" encodingType="CHAR">
      <validValue name="Bid">0</validValue>
      <validValue name="Offer">1</validValue>
      <validValue name="ImpliedBid">E</validValue>
      <validValue name="ImpliedOffer">F</validValue>
      <validValue name="BookReset">J</validValue>
    </enum>
    <enum name="MDEntryTypeDailyStatistics" encodingType="CHAR">
      <validValue name="SettlementPrice">6</validValue>
      <validValue name="ClearedVolume">B</validValue>
      <validValue name="OpenInterest">C</validValue>
      <validValue name="FixingPrice">W</validValue>
    </enum>
    <enum name="MDEntryTypeStatistics" encodingType="CHAR">
      <validValue name="OpenPrice">4</validValue>
      <validValue name="HighTrade">7</validValue>
      <validValue name="LowTrade">8</validValue>
      <validValue name="HighestBid">N</validValue>
      <validValue name="LowestOffer">O</validValue>
    </enum>
    <enum name="MDUpdateAction" encodingType="uInt8">
      <validValue name="New">0</validValue>
      <validValue name="Change">1</validValue>
      <validValue name="Delete">2</validValue>
      <validValue name="DeleteThru">3</validValue>
      <validValue name="DeleteFrom">4</validValue>
      <validValue name="Overlay">5</validValue>
    </enum>
    <enum name="OpenCloseSettlFlag" encodingType="uInt8NULL">
      <validValue name="DailyOpenPrice">0</validValue>
      <validValue name="IndicativeOpeningPrice">5</validValue>
    </enum>
    <enum name="OrderUpdateAction" encodingType="uInt8">
      <validValue name="New">0</validValue>
      <validValue name="Update">1</validValue>
      <validValue name="Delete">2</validValue>
    </enum>
    <enum name="PutOrCall" encodingType="uInt8">
      <validValue name="Put">0</validValue>
      <validValue name="Call">1</validValue>
    </enum>
    <enum name="SecurityTradingEvent" encodingType="uInt8">
      <validValue name="NoEvent">0</validValue>
      <validValue name="NoCancel">1</validValue>
      <validValue name="ResetStatistics">4</validValue>
      <validValue name="ImpliedMatchingON">5</validValue>
      <validValue name="ImpliedMatchingOFF">6</validValue>
    </enum>
    <enum name="SecurityTradingStatus" encodingType="uInt8NULL">
      <validValue name="TradingHalt">2</validValue>
      <validValue name="Close">4</validValue>
      <validValue name="NewPriceIndication">15</validValue>
      <validValue name="ReadyToTrade">17</validValue>
      <validValue name="NotAvailableForTrading">18</validValue>
      <validValue name="UnknownorInvalid">20</validValue>
      <validValue name="PreOpen">21</validValue>
      <validValue name="PreCross">24</validValue>
      <validValue name="Cross">25</validValue>
      <validValue name="PostClose">26</validValue>
      <validValue name="NoChange">103</validValue>
    </enum>
    <enum name="SecurityUpdateAction" encodingType="CHAR">
      <validValue name="Add">A</validValue>
      <validValue name="Delete">D</validValue>
      <validValue name="Modify">M</validValue>
    </enum>
    <set name="InstAttribValue" encodingType="uInt32">
      <choice name="ElectronicMatchEligible">0</choice>
      <choice name="OrderCrossEligible">1</choice>
      <choice name="BlockTradeEligible">2</choice>
      <choice name="EFPEligible">3</choice>
      <choice name="EBFEligible">4</choice>
      <choice name="EFSEligible">5</choice>
      <choice name="EFREligible">6</choice>
      <choice name="OTCEligible">7</choice>
      <choice name="iLinkIndicativeMassQuotingEligible">8</choice>
      <choice name="NegativeStrikeEligible">9</choice>
      <choice name="NegativePriceOutrightEligible">10</choice>
      <choice name="IsFractional">11</choice>
      <choice name="VolatilityQuotedOption">12</choice>
      <choice name="RFQCrossEligible">13</choice>
      <choice name="ZeroPriceOutrightEligible">14</choice>
      <choice name="DecayingProductEligibility">15</choice>
      <choice name="VariableProductEligibility">16</choice>
      <choice name="DailyProductEligibility">17</choice>
      <choice name="GTOrdersEligibility">18</choice>
      <choice name="ImpliedMatchingEligibility">19</choice>
      <choice name="TriangulationEligible">20</choice>
      <choice name="VariableCabEligible">21</choice>
    </set>
    <set name="MatchEventIndicator" encodingType="uInt8">
      <choice name="LastTradeMsg">0</choice>
      <choice name="LastVolumeMsg">1</choice>
      <choice name="LastQuoteMsg">2</choice>
      <choice name="LastStatsMsg">3</choice>
      <choice name="LastImpliedMsg">4</choice>
      <choice name="RecoveryMsg">5</choice>
      <choice name="Reserved">6</choice>
      <choice name="EndOfEvent">7</choice>
    </set>
    <set name="SettlPriceType" encodingType="uInt8">
      <choice name="FinalDaily">0</choice>
      <choice name="Actual">1</choice>
      <choice name="Rounded">2</choice>
      <choice name="Intraday">3</choice>
      <choice name="ReservedBits">4</choice>
      <choice name="NullValue">7</choice>
    </set>`;
