// The venue of the round-trip bench: each NewOrderSingle is filled at once by one ExecutionReport.
// Prints "listening" when it does, and ends when its standard input does.
//
//   acceptor PORT memory|DIRECTORY DICTIONARY|- CORE
#include <quickfix/SocketAcceptor.h>

#include "contestant.h"
#include "fields.h"

#include <quickfix/fix44/NewOrderSingle.h>

namespace {

class Venue : public Contestant {
 public:
  void fromApp(const FIX::Message &message, const FIX::SessionID &session) throw(
      FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
      FIX::UnsupportedMessageType) override {
    FIX::OrderQty qty;
    FIX::Price price;
    FIX::Symbol symbol;
    FIX::Side side;
    FIX::ClOrdID id;
    message.getField(qty);
    message.getField(price);
    message.getField(symbol);
    message.getField(side);
    message.getField(id);
    count++;
    char orderId[16], execId[16];
    snprintf(orderId, sizeof orderId, "V%08d", count);
    snprintf(execId, sizeof execId, "E%09d", count);
    FIX44::ExecutionReport report(FIX::OrderID(orderId), FIX::ExecID(execId), FIX::ExecType('F'),
                                  FIX::OrdStatus('2'), side, FIX::LeavesQty(0), FIX::CumQty(qty),
                                  FIX::AvgPx(price));
    report.set(id);
    report.set(symbol);
    report.set(qty);
    report.set(price);
    report.set(FIX::LastQty(qty));
    report.set(FIX::LastPx(price));
    report.set(FIX::LastLiquidityInd(1));
    report.set(FIX::Text("01234"));
    report.set(FIX::TransactTime(FIX::UtcTimeStamp(), 3));
    FIX::Session::sendToTarget(report, session);
  }

 private:
  int count = 0;
};

}  // namespace

int main(int argc, char **argv) {
  if (argc != 5) {
    fputs("usage: acceptor PORT memory|DIRECTORY DICTIONARY|- CORE\n", stderr);
    return 2;
  }
  try {
    const Arguments arguments = readArguments(argv);
    if (pin_to(arguments.core) != 0) throw std::runtime_error("no such core");
    FIX::SessionSettings settings = settingsOf(arguments, false);
    auto store = storeOf(arguments, settings);
    Venue venue;
    FIX::SocketAcceptor acceptor(venue, *store, settings);
    acceptor.start();
    puts("listening");
    fflush(stdout);
    while (getchar() != EOF) continue;
    acceptor.stop(true);
    return 0;
  } catch (const std::exception &error) {
    fprintf(stderr, "QuickFIX acceptor: %s\n", error.what());
    return 1;
  }
}
