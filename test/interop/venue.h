/*
 * A small venue in FIX 4.4: acknowledges orders, fills by a rule on the price, cancels, replaces and
 * answers status requests. It may be killed at any moment: every effect is a line in a file before it
 * is a report, with the numbers of the message it came from and of the report it makes. At the start
 * the file is read, and what the session's store lacks is made good: numbers of messages that have
 * taken effect are counted as received, reports that were not stored are made again.
 *
 * The rule, on the price in cents: a multiple of 3 rests; one above it fills at once; two above it
 * fills half (rounded down, so 1 rests) and rests. Market orders fill at once at 1.00; nothing rests
 * of an order that is immediate-or-cancel.
 *
 * Lines: IN OUT N id side symbol qty cents dup   a new order; dup Y: it came with PossDupFlag
 *        IN OUT F id qty cents                a fill
 *        IN OUT C id request                  canceled; request = id when nobody asked for it
 *        IN OUT R id request qty cents        replaced
 *        IN 0 D id                            an order that came again, and was not taken again
 */
#pragma once

#include "peer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace peer {

struct Order {
    std::string first_id, id, side, symbol;
    long qty = 0, cents = 0, cum = 0;
    double paid = 0;
    bool is_canceled = false, is_replaced = false;

    long leaves() const { return is_canceled ? 0 : qty - cum; }
    char status() const {
        if (is_canceled) return '4';
        if (cum >= qty) return '2';
        if (cum > 0) return '1';
        return is_replaced ? '5' : '0';
    }
};

class Venue : public FIX::Application {
  public:
    explicit Venue(const std::string &path) : path(path) {
        log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (log < 0) throw std::runtime_error("cannot open " + path);
    }
    ~Venue() override { ::close(log); }

    /* Once the session exists and before it listens. */
    void recover(const FIX::SessionID &id) {
        session = id;
        FIX::Session *own = FIX::Session::lookupSession(id);
        int last_in = 0;
        std::ifstream in(path.c_str());
        for (std::string line; std::getline(in, line);) {
            Effect effect(line);
            const OrderPtr order = apply(effect);
            if (effect.kind != "D" && effect.out >= own->getExpectedSenderNum()) tell(effect, *order);
            last_in = std::max(last_in, effect.in);
        }
        if (own->getExpectedTargetNum() <= last_in) own->setNextTargetMsgSeqNum(last_in + 1);
    }

    void onCreate(const FIX::SessionID &) override {}
    void onLogon(const FIX::SessionID &) override { say("logon"); }
    void onLogout(const FIX::SessionID &) override { say("logout"); }
    void toAdmin(FIX::Message &, const FIX::SessionID &) override {}
    void toApp(FIX::Message &, const FIX::SessionID &) throw(FIX::DoNotSend) override {}
    void fromAdmin(const FIX::Message &, const FIX::SessionID &)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
               FIX::RejectLogon) override {}

    void fromApp(const FIX::Message &message, const FIX::SessionID &id)
        throw(FIX::FieldNotFound, FIX::IncorrectDataFormat, FIX::IncorrectTagValue,
               FIX::UnsupportedMessageType) override {
        std::lock_guard<std::mutex> held(lock);
        session = id;
        in = std::stoi(message.getHeader().getField(34));
        const std::string type = type_of(message);
        if (type == "D") on_new(message);
        else if (type == "F") on_cancel(message);
        else if (type == "G") on_replace(message);
        else if (type == "H") on_status(message);
        else if (type == "q") on_mass_cancel(message);
        else throw FIX::UnsupportedMessageType();
    }

  private:
    typedef std::shared_ptr<Order> OrderPtr;

    /* A line, and its number in the file. */
    struct Effect {
        explicit Effect(const std::string &line) {
            std::istringstream words(line);
            words >> in >> out >> kind >> id;
            if (kind == "N") words >> side >> symbol >> qty >> cents;
            else if (kind == "F") words >> qty >> cents;
            else if (kind == "C") words >> request;
            else if (kind == "R") words >> request >> qty >> cents;
        }
        int in = 0, out = 0;
        std::string kind, id, side, symbol, request;
        long qty = 0, cents = 0;
    };

    /* What a line does to the orders: the same when it is made and when it is read. */
    OrderPtr apply(const Effect &e) {
        lines++;
        if (e.kind == "N") {
            OrderPtr order = std::make_shared<Order>();
            order->first_id = order->id = e.id;
            order->side = e.side;
            order->symbol = e.symbol;
            order->qty = e.qty;
            order->cents = e.cents;
            by_id[e.id] = order;
            all.push_back(order);
            return order;
        }
        OrderPtr order = by_id.at(e.id);
        if (e.kind == "F") {
            order->cum += e.qty;
            order->paid += double(e.qty) * double(e.cents) / 100;
        } else if (e.kind == "C") {
            order->is_canceled = true;
            by_id[e.request] = order;
        } else if (e.kind == "R") {
            order->qty = e.qty;
            order->cents = e.cents;
            order->id = e.request;
            order->is_replaced = true;
            by_id[e.request] = order;
        }
        return order;
    }

    /* The report that a line makes. */
    void tell(const Effect &e, const Order &order) {
        const std::string id = "Q" + std::to_string(lines);
        if (e.kind == "N") report(order, '0', id, {});
        else if (e.kind == "F")
            report(order, 'F', id, {{32, std::to_string(e.qty)}, {31, price(e.cents)}, {851, "1"}});
        else if (e.kind == "R") report(order, '5', id, {{41, e.id}});
        else if (e.kind == "C" && e.request == e.id) report(order, '4', id, {});
        else if (e.kind == "C") report(order, '4', id, {{11, e.request}, {41, e.id}});
    }

    OrderPtr commit(const std::string &what) {
        const bool is_silent = what[0] == 'D';
        const int out =
            is_silent ? 0 : FIX::Session::lookupSession(session)->getExpectedSenderNum();
        const std::string line = std::to_string(in) + " " + std::to_string(out) + " " + what + "\n";
        if (::write(log, line.data(), line.size()) != ssize_t(line.size())) std::abort();
        const Effect effect(line);
        OrderPtr order = apply(effect);
        if (!is_silent) tell(effect, *order);
        return order;
    }

    static long cents_of(const std::string &px) { return std::lround(std::stod(px) * 100); }

    void on_new(const FIX::Message &m) {
        const std::string id = m.getField(11);
        if (by_id.count(id) != 0) {
            commit("D " + id);
            /* What may be a duplicate and is one has been answered before. */
            if (is_set(m, 43) || is_set(m, 97)) return;
            return report(*by_id[id], '8', answer_id(), {{39, "8"}, {103, "6"}, {11, id}});
        }
        const bool is_market = m.getField(40) == "1";
        const long cents = is_market ? 100 : cents_of(m.getField(44));
        const long qty = std::lround(std::stod(m.getField(38)));
        const OrderPtr order = commit("N " + id + " " + m.getField(54) + " " + m.getField(55) + " " +
                                      std::to_string(qty) + " " + std::to_string(cents) +
                                      (is_set(m, 43) ? " Y" : " N"));
        const long rule = is_market ? 1 : cents % 3;
        if (rule == 1) fill(*order, qty);
        else if (rule == 2 && qty > 1) fill(*order, qty / 2);
        const std::string tif = text(m, 59);
        if (order->leaves() > 0 && (tif == "3" || tif == "4")) commit("C " + id + " " + id);
    }

    void fill(const Order &order, long qty) {
        commit("F " + order.id + " " + std::to_string(qty) + " " + std::to_string(order.cents));
    }

    void on_cancel(const FIX::Message &m) {
        const OrderPtr order = target(m, '1');
        if (order) commit("C " + order->id + " " + m.getField(11));
    }

    void on_replace(const FIX::Message &m) {
        const OrderPtr order = target(m, '2');
        if (!order) return;
        const long qty = std::lround(std::stod(m.getField(38)));
        if (qty <= order->cum) return refuse(m, order.get(), '2', "0");
        const long cents = m.isSetField(44) ? cents_of(m.getField(44)) : order->cents;
        commit("R " + order->id + " " + m.getField(11) + " " + std::to_string(qty) + " " +
               std::to_string(cents));
    }

    /* The order that a request is about, null when the request was refused. */
    OrderPtr target(const FIX::Message &m, char response_to) {
        const auto found = by_id.find(m.getField(41));
        const bool is_new = by_id.count(m.getField(11)) == 0;
        if (!is_new && (is_set(m, 43) || is_set(m, 97))) return nullptr;
        if (found == by_id.end()) refuse(m, nullptr, response_to, "1");
        else if (!is_new) refuse(m, found->second.get(), response_to, "6");
        else if (found->second->leaves() == 0) refuse(m, found->second.get(), response_to, "0");
        else return found->second;
        return nullptr;
    }

    void refuse(const FIX::Message &m, const Order *order, char response_to, const char *reason) {
        FIX::Message reject;
        reject.getHeader().setField(35, "9");
        reject.setField(37, order == nullptr ? "NONE" : order->first_id);
        reject.setField(11, m.getField(11));
        reject.setField(41, m.getField(41));
        reject.setField(39, std::string(1, order == nullptr ? '8' : order->status()));
        reject.setField(434, std::string(1, response_to));
        reject.setField(102, reason);
        FIX::Session::sendToTarget(reject, session);
    }

    void on_status(const FIX::Message &m) {
        const std::string id = m.getField(11);
        const auto found = by_id.find(id);
        if (found != by_id.end()) return report(*found->second, 'I', answer_id(), {{11, id}});
        Order unknown;
        unknown.first_id = "NONE";
        unknown.id = id;
        unknown.symbol = m.getField(55);
        unknown.side = m.getField(54);
        report(unknown, 'I', answer_id(), {{39, "8"}, {103, "5"}});
    }

    void on_mass_cancel(const FIX::Message &m) {
        long affected = 0;
        for (const OrderPtr &order : all) {
            const bool is_meant = m.getField(530) == "7" || order->symbol == text(m, 55);
            if (!is_meant || order->leaves() == 0) continue;
            commit("C " + order->id + " " + order->id);
            affected++;
        }
        FIX::Message done;
        done.getHeader().setField(35, "r");
        done.setField(11, m.getField(11));
        done.setField(37, answer_id());
        done.setField(530, m.getField(530));
        done.setField(531, m.getField(530));
        done.setField(533, std::to_string(affected));
        FIX::Session::sendToTarget(done, session);
    }

    /* ExecID of what has no line. */
    std::string answer_id() { return "A" + std::to_string(++answers) + run; }

    void report(const Order &order, char type, const std::string &exec_id,
                const std::map<int, std::string> &more) {
        FIX::Message m;
        m.getHeader().setField(35, "8");
        m.setField(37, order.first_id);
        m.setField(11, order.id);
        m.setField(17, exec_id);
        m.setField(150, std::string(1, type));
        m.setField(39, std::string(1, order.status()));
        m.setField(55, order.symbol);
        m.setField(54, order.side);
        m.setField(38, std::to_string(order.qty));
        m.setField(40, "2");
        m.setField(44, price(order.cents));
        m.setField(151, std::to_string(order.leaves()));
        m.setField(14, std::to_string(order.cum));
        m.setField(6, order.cum == 0 ? "0" : std::to_string(order.paid / double(order.cum)));
        for (const auto &field : more) m.setField(field.first, field.second);
        FIX::Session::sendToTarget(m, session);
    }

    static std::string price(long cents) {
        char digits[32];
        std::snprintf(digits, sizeof digits, "%ld.%02ld", cents / 100, cents % 100);
        return digits;
    }

    const std::string path;
    const std::string run = "-" + std::to_string(::getpid());
    int log = -1;
    std::mutex lock;
    FIX::SessionID session;
    std::map<std::string, OrderPtr> by_id;
    std::vector<OrderPtr> all;
    /* Number of the message that is being dealt with. */
    int in = 0;
    long lines = 0, answers = 0;
};

} // namespace peer
