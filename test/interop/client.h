/*
 * A trader that obeys commands on stdin, one a line:
 *
 *   orders PREFIX COUNT [CENTS]   limit orders of 100 at CENTS (10000), ids PREFIX000001 and on
 *   cancel ORIGINAL ID            replace ORIGINAL ID QTY CENTS
 *   reset SEQ                     SequenceReset-Reset to SEQ
 *   logout                        quit
 *
 * On stdout: logon, logout, sent ID, echo ID DUP, report ID STATUS CUM DUP, other TYPE. DUP is Y for
 * a message with PossDupFlag.
 */
#pragma once

#include "peer.h"

#include <iostream>
#include <sstream>

namespace peer {

class Client : public FIX::Application {
  public:
    FIX::SessionID session;

    void onCreate(const FIX::SessionID &id) override { session = id; }
    void onLogon(const FIX::SessionID &) override { say("logon"); }
    void onLogout(const FIX::SessionID &) override { say("logout"); }
    void toAdmin(FIX::Message &, const FIX::SessionID &) override {}
    void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
    void fromAdmin(const FIX::Message &, const FIX::SessionID &)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
               FIX::RejectLogon) override {}

    void fromApp(const FIX::Message &m, const FIX::SessionID &)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
               FIX::UnsupportedMessageType) override {
        const std::string type = type_of(m);
        const std::string dup = is_set(m, 43) ? " Y" : " N";
        const std::string id = text(m, 11);
        if (type == "8") say("report " + id + " " + m.getField(39) + " " + m.getField(14) + dup);
        else if (type == "D" || type == "F") say("echo " + id + dup);
        else say("other " + type);
    }

    void order(const std::string &id, const std::string &cents) {
        FIX::Message m = request("D", id);
        m.setField(21, "1");
        m.setField(38, "100");
        m.setField(40, "2");
        m.setField(44, price(cents));
        m.setField(59, "0");
        send(m, id);
    }

    void cancel(const std::string &original, const std::string &id) {
        FIX::Message m = request("F", id);
        m.setField(38, "100");
        m.setField(41, original);
        send(m, id);
    }

    void replace(const std::string &original, const std::string &id, const std::string &qty,
                 const std::string &cents) {
        FIX::Message m = request("G", id);
        m.setField(21, "1");
        m.setField(38, qty);
        m.setField(40, "2");
        m.setField(41, original);
        m.setField(44, price(cents));
        send(m, id);
    }

    void reset(int seq) {
        FIX::Message m;
        m.getHeader().setField(35, "4");
        m.setField(36, std::to_string(seq));
        m.setField(123, "N");
        FIX::Session::sendToTarget(m, session);
        FIX::Session::lookupSession(session)->setNextSenderMsgSeqNum(seq);
    }

    void logout() { FIX::Session::lookupSession(session)->logout(); }

  private:
    static FIX::Message request(const char *type, const std::string &id) {
        FIX::Message m;
        m.getHeader().setField(35, type);
        m.setField(11, id);
        m.setField(54, "1");
        m.setField(55, "ACME");
        m.setField(FIX::TransactTime());
        return m;
    }

    static std::string price(const std::string &cents) {
        const std::string padded = cents.size() < 3 ? std::string(3 - cents.size(), '0') + cents : cents;
        return padded.substr(0, padded.size() - 2) + "." + padded.substr(padded.size() - 2);
    }

    /* Said before it is sent: a list that leaves out what was sent would hide a lost order. */
    void send(FIX::Message &m, const std::string &id) {
        say("sent " + id);
        FIX::Session::sendToTarget(m, session);
    }
};

inline bool obey(Client &client, const std::string &line) {
    std::istringstream in(line);
    std::string word, a, b, c, d;
    in >> word >> a >> b >> c >> d;
    if (word == "orders") {
        for (int i = 1; i <= std::stoi(b); i++) {
            char digits[16];
            std::snprintf(digits, sizeof digits, "%06d", i);
            client.order(a + digits, c.empty() ? "10000" : c);
        }
    } else if (word == "cancel") client.cancel(a, b);
    else if (word == "replace") client.replace(a, b, c, d);
    else if (word == "reset") client.reset(std::stoi(a));
    else if (word == "logout") client.logout();
    else return false;
    return true;
}


/* Until quit, or the end of stdin. */
inline void obey_all(Client &client) {
    for (std::string line; std::getline(std::cin, line);) {
        if (!obey(client, line)) return;
    }
}

} // namespace peer
