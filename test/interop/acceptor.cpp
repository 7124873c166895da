/*
 * A FIX acceptor on QuickFIX's session layer.
 *
 *   acceptor SETTINGS echo          orders and definitions come back as they are
 *   acceptor SETTINGS client        obeys commands on stdin (client.h), for one session
 *   acceptor SETTINGS venue LOG     a small venue (venue.h) that keeps its orders in the file LOG
 *
 * Prints "ready" when it listens. SIGTERM, or the end of the commands, ends it with a Logout.
 */
#include "client.h"
#include "venue.h"

#include <quickfix/FileStore.h>
#include <quickfix/SocketAcceptor.h>

#include <memory>

namespace {

std::unique_ptr<FIX::Application> application_of(const std::string &mode, const char *log) {
    if (mode == "echo") return std::unique_ptr<FIX::Application>(new peer::Echo());
    if (mode == "client") return std::unique_ptr<FIX::Application>(new peer::Client());
    if (log == nullptr) throw std::runtime_error("venue needs a file for its orders");
    return std::unique_ptr<FIX::Application>(new peer::Venue(log));
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: acceptor SETTINGS echo | client | venue LOG\n");
        return 64;
    }
    try {
        const std::string mode = argv[2];
        if (mode != "client") peer::hold_signals();
        FIX::SessionSettings settings(argv[1]);
        const std::unique_ptr<FIX::Application> application = application_of(mode, argv[3]);
        FIX::FileStoreFactory store(settings);
        FIX::SocketAcceptor acceptor(*application, store, settings);
        if (auto *venue = dynamic_cast<peer::Venue *>(application.get())) {
            venue->recover(*settings.getSessions().begin());
        }
        acceptor.start();
        peer::say("ready");
        if (auto *client = dynamic_cast<peer::Client *>(application.get())) peer::obey_all(*client);
        else peer::wait_for_end();
        acceptor.stop();
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "acceptor: %s\n", error.what());
        return 1;
    }
}
