// The trader of the round-trip bench: one order at a time, the next when the report has been read.
// Timed from before the order's object is made to behind the last of the report's 14 values, on the
// library's own thread: no hand-over between threads is part of it. Prints one line of JSON.
//
//   initiator PORT memory|DIRECTORY DICTIONARY|- CORE WARM COUNT
#include <quickfix/SocketInitiator.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "contestant.h"
#include "fields.h"

#include <quickfix/fix44/NewOrderSingle.h>

namespace {

const int PATIENCE_S = 60;

class Trader : public Contestant {
 public:
  Trader(int64_t warm, int64_t count) : warm(warm), count(count), ns(count) {}

  void onLogon(const FIX::SessionID &session) override { send(session); }

  void fromApp(const FIX::Message &message, const FIX::SessionID &session) throw(
      FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
      FIX::UnsupportedMessageType) override {
    ReportValues values;
    readReport(message, values);
    const int64_t now = now_ns();
    if (values.clOrdId != id || values.lastQty != 100) throw std::runtime_error("a strange report");
    if (sent > warm) ns[static_cast<size_t>(sent - warm - 1)] = now - start;
    if (sent == warm + count) {
      request = bytesOf(last);
      reply = bytesOf(message);
      std::lock_guard<std::mutex> hold(mutex);
      done = true;
      ended.notify_one();
      return;
    }
    send(session);
  }

  // False when it takes too long.
  bool wait() {
    std::unique_lock<std::mutex> hold(mutex);
    return ended.wait_for(hold, std::chrono::seconds(PATIENCE_S), [this] { return done; });
  }

  void print() { print_figures(ns.data(), count, request, reply); }

 private:
  void send(const FIX::SessionID &session) {
    sent++;
    start = now_ns();
    snprintf(id, sizeof id, "HP%05x%08x", static_cast<unsigned>(sent & 1023),
             static_cast<unsigned>(sent));
    FIX44::NewOrderSingle order(FIX::ClOrdID(id), FIX::Side('1'),
                                FIX::TransactTime(FIX::UtcTimeStamp(), 3), FIX::OrdType('2'));
    order.set(FIX::Account("ACCOUNT1"));
    order.set(FIX::HandlInst('1'));
    order.set(FIX::ExDestination("XNAS"));
    order.set(FIX::Symbol("AAPL"));
    order.set(FIX::TimeInForce('0'));
    order.set(FIX::OrderQty(100));
    order.set(FIX::Price(101.5));
    order.set(FIX::Text("012345678901234567890123456"));
    FIX::Session::sendToTarget(order, session);
    if (sent == warm + count) last = order;
  }

  static int64_t bytesOf(const FIX::Message &message) {
    return static_cast<int64_t>(message.toString().size());
  }

  const int64_t warm, count;
  std::vector<int64_t> ns;
  char id[24] = {0};
  int64_t sent = 0, start = 0, request = 0, reply = 0;
  FIX::Message last;
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
};

}  // namespace

int main(int argc, char **argv) {
  if (argc != 7) {
    fputs("usage: initiator PORT memory|DIRECTORY DICTIONARY|- CORE WARM COUNT\n", stderr);
    return 2;
  }
  try {
    const Arguments arguments = readArguments(argv);
    if (pin_to(arguments.core) != 0) throw std::runtime_error("no such core");
    FIX::SessionSettings settings = settingsOf(arguments, true);
    auto store = storeOf(arguments, settings);
    Trader trader(atol(argv[5]), atol(argv[6]));
    FIX::SocketInitiator initiator(trader, *store, settings);
    initiator.start();
    const bool ended = trader.wait();
    initiator.stop(true);
    if (!ended) throw std::runtime_error("the reports did not come in time");
    trader.print();
    return 0;
  } catch (const std::exception &error) {
    fprintf(stderr, "QuickFIX initiator: %s\n", error.what());
    return 1;
  }
}
