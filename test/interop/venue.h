/*
 * A small venue in FIX 4.4: acknowledges orders, fills by a rule on the price, cancels, replaces and
 * answers status requests. Every effect is a line in a file before it is a report on the wire, and
 * the file is read at the start: a venue that was killed knows its orders.
 *
 * The rule, on the price in cents: a multiple of 3 rests; one above it fills at once; two above it
 * fills half (rounded down, so 1 rests) and rests. Market orders fill at once at 1.00.
 *
 * Lines: N id side symbol qty cents | F id qty cents | C id request | R id request qty cents
 *        D id (an order that came again, and was not taken again)
 */
#pragma once

#include "peer.h"

#include <fcntl.h>
#include <unistd.h>

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
    bool is_market = false, is_canceled = false, is_replaced = false;

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
        load();
        log = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (log < 0) throw std::runtime_error("cannot open " + path);
    }
    ~Venue() override { ::close(log); }

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

    /* The ways in which a line changes the orders: the same when it is made and when it is read. */
    OrderPtr apply(const std::string &line) {
        std::istringstream in(line);
        std::string kind, id;
        in >> kind >> id;
        if (kind == "N") {
            OrderPtr order = std::make_shared<Order>();
            order->first_id = order->id = id;
            in >> order->side >> order->symbol >> order->qty >> order->cents;
            by_id[id] = order;
            all.push_back(order);
            return order;
        }
        const auto found = by_id.find(id);
        if (found == by_id.end()) throw std::runtime_error("no order for: " + line);
        OrderPtr order = found->second;
        std::string request;
        if (kind == "F") {
            long qty = 0, cents = 0;
            in >> qty >> cents;
            order->cum += qty;
            order->paid += double(qty) * double(cents) / 100;
        } else if (kind == "C") {
            in >> request;
            order->is_canceled = true;
            by_id[request] = order;
        } else if (kind == "R") {
            in >> request >> order->qty >> order->cents;
            order->id = request;
            order->is_replaced = true;
            by_id[request] = order;
        }
        return order;
    }

    OrderPtr write(const std::string &line) {
        OrderPtr order = apply(line);
        const std::string whole = line + "\n";
        if (::write(log, whole.data(), whole.size()) != ssize_t(whole.size())) std::abort();
        execs++;
        return order;
    }

    void load() {
        std::ifstream in(path.c_str());
        for (std::string line; std::getline(in, line); execs++) apply(line);
    }

    static long cents_of(const std::string &px) { return std::lround(std::stod(px) * 100); }

    void on_new(const FIX::Message &m) {
        const std::string id = m.getField(11);
        if (by_id.count(id) != 0) {
            write("D " + id);
            /* What may be a duplicate and is one has been answered before. */
            if (is_set(m, 43) || is_set(m, 97)) return;
            report(*by_id[id], '8', {{39, "8"}, {103, "6"}, {11, id}});
            return;
        }
        const bool is_market = m.getField(40) == "1";
        const long cents = is_market ? 100 : cents_of(m.getField(44));
        const long qty = std::lround(std::stod(m.getField(38)));
        OrderPtr order = write("N " + id + " " + m.getField(54) + " " + m.getField(55) + " " +
                               std::to_string(qty) + " " + std::to_string(cents));
        order->is_market = is_market;
        report(*order, '0', {});
        const long rule = is_market ? 1 : cents % 3;
        if (rule == 1) fill(order, qty);
        else if (rule == 2 && qty > 1) fill(order, qty / 2);
    }

    void fill(const OrderPtr &order, long qty) {
        const std::string cents = std::to_string(order->cents);
        write("F " + order->id + " " + std::to_string(qty) + " " + cents);
        report(*order, 'F', {{32, std::to_string(qty)}, {31, price(order->cents)}});
    }

    void on_cancel(const FIX::Message &m) {
        OrderPtr order = target(m, '1');
        if (!order) return;
        const std::string original = order->id;
        write("C " + original + " " + m.getField(11));
        report(*order, '4', {{11, m.getField(11)}, {41, original}});
    }

    void on_replace(const FIX::Message &m) {
        OrderPtr order = target(m, '2');
        if (!order) return;
        const std::string original = order->id;
        const long qty = std::lround(std::stod(m.getField(38)));
        if (qty <= order->cum) return refuse(m, order.get(), '2', "0");
        const long cents = m.isSetField(44) ? cents_of(m.getField(44)) : order->cents;
        write("R " + original + " " + m.getField(11) + " " + std::to_string(qty) + " " +
              std::to_string(cents));
        report(*order, '5', {{41, original}});
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
        if (found != by_id.end()) return report(*found->second, 'I', {{11, id}});
        Order unknown;
        unknown.first_id = "NONE";
        unknown.id = id;
        unknown.symbol = m.getField(55);
        unknown.side = m.getField(54);
        report(unknown, 'I', {{39, "8"}, {103, "5"}});
    }

    void on_mass_cancel(const FIX::Message &m) {
        long affected = 0;
        for (const OrderPtr &order : all) {
            const bool is_meant = m.getField(530) == "7" || order->symbol == text(m, 55);
            if (!is_meant || order->leaves() == 0) continue;
            write("C " + order->id + " " + m.getField(11));
            report(*order, '4', {});
            affected++;
        }
        FIX::Message done;
        done.getHeader().setField(35, "r");
        done.setField(11, m.getField(11));
        done.setField(37, "M" + std::to_string(execs));
        done.setField(530, m.getField(530));
        done.setField(531, m.getField(530));
        done.setField(533, std::to_string(affected));
        FIX::Session::sendToTarget(done, session);
    }

    void report(const Order &order, char type, const std::map<int, std::string> &more) {
        FIX::Message m;
        m.getHeader().setField(35, "8");
        m.setField(37, order.first_id);
        m.setField(11, order.id);
        /* Lines are never taken back, so their count names a report for good. */
        m.setField(17, "Q" + std::to_string(execs) + "." + std::to_string(++reports) + run);
        m.setField(150, std::string(1, type));
        m.setField(39, std::string(1, order.status()));
        m.setField(55, order.symbol);
        m.setField(54, order.side);
        m.setField(38, std::to_string(order.qty));
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
    long execs = 0, reports = 0;
};

} // namespace peer
