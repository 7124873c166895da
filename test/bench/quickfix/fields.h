// How the values of a report are read, typed, by the library's own field classes.
#ifndef HAIRPIN_QUICKFIX_FIELDS_H
#define HAIRPIN_QUICKFIX_FIELDS_H

#include <quickfix/fix44/ExecutionReport.h>

#include <string>

// What is read of a report: the 14 values that a session needs.
struct ReportValues {
  int seq;
  std::string orderId, clOrdId, execId, symbol;
  char execType, ordStatus, side;
  double orderQty, price, lastQty, lastPx, cumQty, leavesQty;
};

template <typename Field>
std::string text(const FIX::Message &message) {
  Field field;
  message.getField(field);
  return field.getValue();
}

template <typename Field>
double number(const FIX::Message &message) {
  Field field;
  message.getField(field);
  return field.getValue();
}

template <typename Field>
char code(const FIX::Message &message) {
  Field field;
  message.getField(field);
  return field.getValue();
}

inline void readReport(const FIX::Message &message, ReportValues &out) {
  FIX::MsgSeqNum seq;
  message.getHeader().getField(seq);
  out.seq = seq.getValue();
  out.orderId = text<FIX::OrderID>(message);
  out.clOrdId = text<FIX::ClOrdID>(message);
  out.execId = text<FIX::ExecID>(message);
  out.execType = code<FIX::ExecType>(message);
  out.ordStatus = code<FIX::OrdStatus>(message);
  out.symbol = text<FIX::Symbol>(message);
  out.side = code<FIX::Side>(message);
  out.orderQty = number<FIX::OrderQty>(message);
  out.price = number<FIX::Price>(message);
  out.lastQty = number<FIX::LastQty>(message);
  out.lastPx = number<FIX::LastPx>(message);
  out.cumQty = number<FIX::CumQty>(message);
  out.leavesQty = number<FIX::LeavesQty>(message);
}

#endif
