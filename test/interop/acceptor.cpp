/*
 * A FIX acceptor on QuickFIX's session layer.
 *
 *   acceptor SETTINGS echo          orders and definitions come back as they are
 *   acceptor SETTINGS venue LOG     a small venue (venue.h) that keeps its orders in the file LOG
 *
 * Prints "ready" when it listens; SIGTERM ends it with a Logout.
 */
#include "peer.h"
#include "venue.h"

#include <quickfix/FileStore.h>
#include <quickfix/SocketAcceptor.h>

#include <memory>

int main(int argc, char **argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: acceptor SETTINGS echo | venue LOG\n");
        return 64;
    }
    try {
        peer::hold_signals();
        FIX::SessionSettings settings(argv[1]);
        peer::Echo echo;
        std::unique_ptr<peer::Venue> venue;
        if (std::string(argv[2]) != "echo") {
            if (argc < 4) throw std::runtime_error("venue needs a file for its orders");
            venue.reset(new peer::Venue(argv[3]));
        }
        FIX::Application &application = venue ? static_cast<FIX::Application &>(*venue) : echo;
        FIX::FileStoreFactory store(settings);
        FIX::SocketAcceptor acceptor(application, store, settings);
        if (venue) venue->recover(*settings.getSessions().begin());
        acceptor.start();
        peer::say("ready");
        peer::wait_for_end();
        acceptor.stop();
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "acceptor: %s\n", error.what());
        return 1;
    }
}
