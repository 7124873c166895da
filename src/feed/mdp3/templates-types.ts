/** Types of templates.ts: sizes, null values, decimals and group dimensions. */
export const TEMPLATE_TYPES = `    <type name="Asset" primitiveType="char" length="6"/>
    <type name="CFICode" primitiveType="char" length="6"/>
    <type name="CHAR" primitiveType="char"/>
    <type name="Currency" primitiveType="char" length="3"/>
    <type name="InstAttribType" primitiveType="int8" presence="constant">24</type>
    <type name="Int16" primitiveType="int16"/>
    <type name="Int32" primitiveType="int32"/>
    <type name="Int32NULL" primitiveType="int32" presence="optional" nullValue="2147483647"/>
    <type name="Int8" primitiveType="int8"/>
    <type name="Int8NULL" primitiveType="int8" presence="optional" nullValue="127"/>
    <type name="LocalMktDate" primitiveType="uint16" presence="optional" nullValue="65535"/>
    <type name="MDEntryTypeChannelReset" primitiveType="char" presence="constant">J</type>
    <type name="MDEntryTypeLimits" primitiveType="char" presence="constant">g</type>
    <type name="MDEntryTypeTrade" primitiveType="char" presence="constant">2</type>
    <type name="MDEntryTypeVol" primitiveType="char" presence="constant">e</type>
    <type name="MDFeedType" primitiveType="char" length="3"/>
    <type name="MDUpdateActionNew" primitiveType="int8" presence="constant">0</type>
    <type name="MDUpdateTypeNew" primitiveType="int8" presence="constant">0</type>
    <type name="QuoteReqId" primitiveType="char" length="23"/>
    <type name="SecurityExchange" primitiveType="char" length="4"/>
    <type name="SecurityGroup" primitiveType="char" length="6"/>
    <type name="SecurityIDSource" primitiveType="char" presence="constant">8</type>
    <type name="SecuritySubType" primitiveType="char" length="5"/>
    <type name="SecurityType" primitiveType="char" length="6"/>
    <type name="Symbol" primitiveType="char" length="20"/>
    <type name="UnderlyingSymbol" primitiveType="char" length="20"/>
    <type name="UnitOfMeasure" primitiveType="char" length="30"/>
    <type name="UserDefinedInstrument" primitiveType="char" length="1"/>
    <type name="uInt32" primitiveType="uint32"/>
    <type name="uInt32NULL" primitiveType="uint32" presence="optional" nullValue="4294967295"/>
    <type name="uInt64" primitiveType="uint64"/>
    <type name="uInt64NULL" primitiveType="uint64" presence="optional" nullValue="18446744073709551615"/>
    <type name="uInt8" primitiveType="uint8"/>
    <type name="uInt8NULL" primitiveType="uint8" presence="optional" nullValue="255"/>
    <composite name="Decimal9">
      <type name="mantissa" primitiveType="int64" offset="0"/>
      <type name="exponent" primitiveType="int8" presence="constant">-9</type>
    </composite>
    <composite name="Decimal9NULL">
      <type name="mantissa" primitiveType="int64" offset="0" presence="optional" nullValue="9223372036854775807"/>
      <type name="exponent" primitiveType="int8" presence="constant">-9</type>
    </composite>
    <composite name="DecimalQty">
      <type name="mantissa" primitiveType="int32" offset="0" presence="optional" nullValue="2147483647"/>
      <type name="exponent" primitiveType="int8" presence="constant">-4</type>
    </composite>
    <composite name="MaturityMonthYear">
      <type name="year" primitiveType="uint16" offset="0" presence="optional" nullValue="65535"/>
      <type name="month" primitiveType="uint8" offset="2" presence="optional" nullValue="255"/>
      <type name="day" primitiveType="uint8" offset="3" presence="optional" nullValue="255"/>
      <type name="week" primitiveType="uint8" offset="4" presence="optional" nullValue="255"/>
    </composite>
    <composite name="PRICE9">
      <type name="mantissa" primitiveType="int64" offset="0"/>
      <type name="exponent" primitiveType="int8" presence="constant">-9</type>
    </composite>
    <composite name="PRICENULL9">
      <type name="mantissa" primitiveType="int64" offset="0" presence="optional" nullValue="9223372036854775807"/>
      <type name="exponent" primitiveType="int8" presence="constant">-9</type>
    </composite>
    <composite name="groupSize">
      <type name="blockLength" primitiveType="uint16" offset="0"/>
      <type name="numInGroup" primitiveType="uint8" offset="2"/>
    </composite>
    <composite name="groupSize8Byte">
      <type name="blockLength" primitiveType="uint16" offset="0"/>
      <type name="numInGroup" primitiveType="uint8" offset="7"/>
    </composite>
    <composite name="messageHeader">
      <type name="blockLength" primitiveType="uint16" offset="0"/>
      <type name="templateId" primitiveType="uint16" offset="2"/>
      <type name="schemaId" primitiveType="uint16" offset="4"/>
      <type name="version" primitiveType="uint16" offset="6"/>
    </composite>`;
