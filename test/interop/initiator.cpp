/*
 * A FIX initiator on QuickFIX's session layer.
 *
 *   initiator SETTINGS            obeys commands (client.h)
 *   initiator SETTINGS echo       sends back what comes, until SIGTERM
 */
#include "client.h"

#include <quickfix/FileStore.h>
#include <quickfix/SocketInitiator.h>

int main(int argc, char **argv) {
    const bool is_echo = argc == 3 && std::string(argv[2]) == "echo";
    if (argc != 2 && !is_echo) {
        std::fprintf(stderr, "usage: initiator SETTINGS [echo]\n");
        return 64;
    }
    try {
        if (is_echo) peer::hold_signals();
        FIX::SessionSettings settings(argv[1]);
        peer::Client client;
        peer::Echo echo;
        FIX::Application &application = is_echo ? static_cast<FIX::Application &>(echo) : client;
        FIX::FileStoreFactory store(settings);
        FIX::SocketInitiator initiator(application, store, settings);
        initiator.start();
        if (is_echo) peer::wait_for_end();
        else peer::obey_all(client);
        initiator.stop();
        return 0;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "initiator: %s\n", error.what());
        return 1;
    }
}
