// QuickFIX's codec for the bench, as a shared library: NewOrderSingle encoded, ExecutionReport parsed.
// Used as its own engine uses it: message classes, toString(), setString() and DataDictionary.
#include <quickfix/DataDictionary.h>

#include <cstring>

#include "fields.h"

#include <quickfix/fix44/NewOrderSingle.h>

namespace {

// Those of fix-messages.ts; prices in units of 1/10000 and of 1/4.
const int FIRST_SEQ = 100000;
const int ORDER_PX = 1015000;
const int ORDER_QTY = 100;
const int TEN_O_CLOCK_MS = 36000000;
const int ORDERS_PER_MS = 10;
const int POST_ONLY_BIT = 8;
const int SLOTS_MASK = 1023;
const int TIME_DIGITS = 3;

struct Codec {
  explicit Codec(const char *path) : dictionary(path) {}
  FIX::DataDictionary dictionary;
  FIX44::NewOrderSingle reused;
  std::string bytes;
};

FIX::UtcTimeStamp orderTime(int i) {
  const int ms = TEN_O_CLOCK_MS + i / ORDERS_PER_MS;
  return FIX::UtcTimeStamp(ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000, 2, 1, 2026);
}

// Every field of order i. Two kinds of order alternate: what only one has is taken out of a reused one.
void fill(FIX44::NewOrderSingle &order, int i) {
  const bool odd = (i & 1) != 0;
  const FIX::UtcTimeStamp time = orderTime(i);
  char id[24];
  snprintf(id, sizeof id, "HP%05x%08x", i & SLOTS_MASK, i);
  FIX::Header &header = order.getHeader();
  header.setField(FIX::SenderCompID("HAIRPIN"));
  header.setField(FIX::TargetCompID("EXCHANGE"));
  header.setField(FIX::MsgSeqNum(FIRST_SEQ + i));
  header.setField(FIX::SendingTime(time, TIME_DIGITS));
  order.set(FIX::ClOrdID(id));
  order.set(FIX::Account("ACCOUNT1"));
  order.set(FIX::HandlInst('1'));
  order.set(FIX::ExDestination("XNAS"));
  order.set(FIX::TransactTime(time, TIME_DIGITS));
  order.set(FIX::Symbol(odd ? "ESH6" : "AAPL"));
  if (odd) order.set(FIX::SecurityExchange("XCME"));
  else order.removeField(FIX::FIELD::SecurityExchange);
  order.set(FIX::Side(odd ? '1' : '2'));
  order.set(FIX::OrdType('2'));
  order.set(FIX::TimeInForce('0'));
  order.set(FIX::OrderQty(ORDER_QTY));
  order.set(FIX::Price(odd ? ORDER_PX / 4.0 : ORDER_PX / 10000.0));
  if ((i & POST_ONLY_BIT) != 0) order.set(FIX::ExecInst("6"));
  else order.removeField(FIX::FIELD::ExecInst);
}

void encode(Codec &codec, bool reuse, int i) {
  if (reuse) {
    fill(codec.reused, i);
    codec.reused.toString(codec.bytes);
    return;
  }
  FIX44::NewOrderSingle order;
  fill(order, i);
  order.toString(codec.bytes);
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

// A codec with the dictionary of that path, or NULL.
EXPORT void *qf_codec_open(const char *dictionary) {
  try {
    return new Codec(dictionary);
  } catch (const std::exception &error) {
    fprintf(stderr, "QuickFIX: %s: %s\n", dictionary, error.what());
    return NULL;
  }
}

// Encodes orders from .. from + count - 1; the last one is copied to out. Its length, or -1.
EXPORT int qf_codec_encode(void *handle, int reuse, int from, int count, char *out) {
  Codec &codec = *static_cast<Codec *>(handle);
  try {
    for (int i = from; i < from + count; i++) encode(codec, reuse != 0, i);
  } catch (const std::exception &error) {
    fprintf(stderr, "QuickFIX: encode: %s\n", error.what());
    return -1;
  }
  memcpy(out, codec.bytes.data(), codec.bytes.size());
  return static_cast<int>(codec.bytes.size());
}

// Parses the report `count` times, length and sum checked, and reads its 14 values; with `validate`
// the whole message is held against the dictionary, too. The sum of LastQty and MsgSeqNum, or -1.
EXPORT double qf_codec_parse(void *handle, const char *bytes, int length, int validate, int count) {
  Codec &codec = *static_cast<Codec *>(handle);
  const std::string text(bytes, static_cast<size_t>(length));
  double sum = 0;
  try {
    for (int i = 0; i < count; i++) {
      FIX::Message message;
      message.setString(text, true, &codec.dictionary, &codec.dictionary);
      if (validate != 0) codec.dictionary.validate(message);
      ReportValues values;
      readReport(message, values);
      sum += values.lastQty + values.seq;
    }
  } catch (const std::exception &error) {
    fprintf(stderr, "QuickFIX: parse: %s\n", error.what());
    return -1;
  }
  return sum;
}
