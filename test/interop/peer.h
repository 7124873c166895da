/* What the interop programs share: lines on stdout, a wait for SIGTERM, settings from a file. */
#pragma once

#include <quickfix/Application.h>
#include <quickfix/Message.h>
#include <quickfix/Session.h>
#include <quickfix/SessionSettings.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <string>

namespace peer {

/* One line, whole, from whichever thread. */
inline void say(const std::string &line) {
    static std::mutex lock;
    std::lock_guard<std::mutex> held(lock);
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

/* Before any thread starts, so that only wait_for_end sees the signals. */
inline void hold_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

inline void wait_for_end() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    int signal = 0;
    sigwait(&set, &signal);
}

inline std::string text(const FIX::FieldMap &map, int tag) {
    return map.isSetField(tag) ? map.getField(tag) : std::string();
}

inline std::string type_of(const FIX::Message &message) {
    return message.getHeader().getField(35);
}

inline bool is_set(const FIX::Message &message, int flag) {
    return text(message.getHeader(), flag) == "Y";
}

/* Answers orders and definitions with the same message, as conformance suites want it. */
class Echo : public FIX::Application {
  public:
    /* QuickFIX declares exceptions on these; what they throw ends up in its rejects. */
    void onCreate(const FIX::SessionID &) override {}
    void onLogon(const FIX::SessionID &id) override { say("logon " + id.toString()); }
    void onLogout(const FIX::SessionID &id) override {
        std::lock_guard<std::mutex> held(lock);
        known.erase(id.toString());
        say("logout " + id.toString());
    }
    void toAdmin(FIX::Message &, const FIX::SessionID &) override {}
    void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}

    void fromAdmin(const FIX::Message &message, const FIX::SessionID &id)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
               FIX::RejectLogon) override {
        /* The session speaks the application version that the counterparty asked for. */
        const std::string version = text(message, 1137);
        if (type_of(message) != "A" || version.empty()) return;
        FIX::Session::lookupSession(id)->setSenderDefaultApplVerID(version);
    }

    void fromApp(const FIX::Message &message, const FIX::SessionID &id)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
               FIX::UnsupportedMessageType) override {
        const std::string type = type_of(message);
        if (type != "D" && type != "d" && type != "F") throw FIX::UnsupportedMessageType();
        if (type == "D") {
            std::lock_guard<std::mutex> held(lock);
            const bool is_new = known[id.toString()].insert(text(message, 11)).second;
            if (!is_new && is_set(message, 97)) return;
        }
        FIX::Message echo = message;
        FIX::Session::sendToTarget(echo, id);
    }

  private:
    std::mutex lock;
    /* ClOrdIDs by session. */
    std::map<std::string, std::set<std::string>> known;
};

} // namespace peer
