#include "card/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <iostream>

#include "card/card_file.h"
#include "usim/uicc.h"
#include "usim/vpcd_link.h"

namespace simbiont::card {
namespace {

constexpr int retry_ms = 200;
constexpr std::uint8_t instruction_authenticate = 0x88;

class OwnDescriptor {
 public:
  explicit OwnDescriptor(int fd) : fd_(fd) {}
  ~OwnDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnDescriptor(const OwnDescriptor&) = delete;
  OwnDescriptor& operator=(const OwnDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// The file itself is replaced at every change, so the lock is on one beside it.
int lock(const std::string& card_path) {
  const int fd = ::open((card_path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

class Server {
 public:
  Server(usim::Uicc& card, const sockaddr_in& vpcd, int signals)
      : card_(card), link_(vpcd), signals_(signals) {}

  void run() {
    for (;;) {
      if (!link_.is_open() && link_.open()) std::cerr << "simbiont-usim: card inserted" << std::endl;
      std::array<pollfd, 2> wait{{{signals_, POLLIN, 0}, {link_.descriptor(), POLLIN, 0}}};
      if (::poll(wait.data(), link_.is_open() ? 2 : 1, link_.is_open() ? -1 : retry_ms) < 0 && errno != EINTR)
        return;
      if (wait[0].revents != 0) return link_.close();
      if (link_.is_open() && wait[1].revents != 0 && !exchange()) {
        link_.close();
        card_.reset();
        std::cerr << "simbiont-usim: the reader is gone" << std::endl;
      }
    }
  }

 private:
  Status exchange() {
    const auto received = link_.receive();
    if (!received) return received.error();
    const auto& message = *received;
    if (!message || message->empty()) return {};
    if (message->size() > 1) return answer(*message);
    if (static_cast<usim::VpcdControl>(message->front()) == usim::VpcdControl::atr)
      return link_.send(usim::Uicc::atr());
    card_.reset();
    return {};
  }

  Status answer(ByteView command) {
    Bytes response = card_.transmit(command);
    if (command[1] == instruction_authenticate)
      std::cerr << "simbiont-usim: AUTHENTICATE " << to_hex(ByteView(response).last(2)) << std::endl;
    Status sent = link_.send(response);
    zeroise(response);
    return sent;
  }

  usim::Uicc& card_;
  usim::VpcdLink link_;
  const int signals_;
};

}  // namespace

void harden() {
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0);
}

Status serve(const std::string& card_path, const std::string& vpcd, const sigset_t& signals) {
  const auto endpoint = usim::loopback_endpoint(vpcd);
  if (!endpoint) return endpoint.error();
  auto data = read_card(card_path);
  if (!data) return data.error();
  const OwnDescriptor held(lock(card_path));
  if (held.get() < 0)
    return error(Errc::unavailable,
                 card_path + ".lock: another process serves this card, or the lock cannot be made");
  data = read_card(card_path);  // as whoever had the lock left it
  if (!data) return data.error();
  usim::Uicc card(*std::move(data), [&](const usim::CardData& now) {
    Status kept = write_card(card_path, now);
    if (!kept) std::cerr << "simbiont-usim: " << kept.error().message << std::endl;
    return kept;
  });
  (void)pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const OwnDescriptor signal_queue(signalfd(-1, &signals, SFD_CLOEXEC));
  if (signal_queue.get() < 0) return error(Errc::io, "signalfd failed");
  Server(card, *endpoint, signal_queue.get()).run();
  return {};
}

}  // namespace simbiont::card
