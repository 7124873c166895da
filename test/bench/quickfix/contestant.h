// One end of a FIX session in QuickFIX: settings, store and threads as the library has them.
#ifndef HAIRPIN_QUICKFIX_CONTESTANT_H
#define HAIRPIN_QUICKFIX_CONTESTANT_H

#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/MessageStore.h>
#include <quickfix/NullStore.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>

#include <cstring>
#include <memory>
#include <sstream>
#include <string>

#include "../round-trip/round-trips.h"

// What the command line of both programs begins with.
struct Arguments {
  int port;
  // "memory", or the directory of a file store.
  std::string store;
  // "-": messages are not held against one.
  std::string dictionary;
  int core;
};

inline Arguments readArguments(char **argv) {
  return {atoi(argv[1]), argv[2], argv[3], atoi(argv[4])};
}

// HAIRPIN is the initiator. Nagle off, sequence numbers at 1 with each Logon, milliseconds.
inline FIX::SessionSettings settingsOf(const Arguments &arguments, bool initiates) {
  std::ostringstream out;
  out << "[DEFAULT]\nConnectionType=" << (initiates ? "initiator" : "acceptor")
      << "\nBeginString=FIX.4.4\nSocketNodelay=Y\nResetOnLogon=Y\nHeartBtInt=30"
      << "\nStartTime=00:00:00\nEndTime=00:00:00\nReconnectInterval=1\nTimestampPrecision=3";
  if (arguments.dictionary == "-") out << "\nUseDataDictionary=N";
  else out << "\nUseDataDictionary=Y\nDataDictionary=" << arguments.dictionary;
  if (arguments.store != "memory") out << "\nFileStorePath=" << arguments.store;
  out << "\n[SESSION]\n";
  if (initiates)
    out << "SenderCompID=HAIRPIN\nTargetCompID=EXCHANGE\nSocketConnectHost=127.0.0.1\n"
        << "SocketConnectPort=" << arguments.port << "\n";
  else
    out << "SenderCompID=EXCHANGE\nTargetCompID=HAIRPIN\nSocketAcceptPort=" << arguments.port
        << "\nSocketReuseAddress=Y\n";
  std::istringstream in(out.str());
  return FIX::SessionSettings(in);
}

inline std::unique_ptr<FIX::MessageStoreFactory> storeOf(const Arguments &arguments,
                                                         const FIX::SessionSettings &settings) {
  std::unique_ptr<FIX::MessageStoreFactory> store;
  if (arguments.store == "memory") store.reset(new FIX::MemoryStoreFactory());
  else store.reset(new FIX::FileStoreFactory(settings));
  return store;
}

// An application that hears application messages only.
class Contestant : public FIX::Application {
 public:
  void onCreate(const FIX::SessionID &) override {}
  void onLogon(const FIX::SessionID &) override {}
  void onLogout(const FIX::SessionID &) override {}
  void toAdmin(FIX::Message &, const FIX::SessionID &) override {}
  void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
  void fromAdmin(const FIX::Message &, const FIX::SessionID &) throw(
      FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
      FIX::RejectLogon) override {}
};

#endif
