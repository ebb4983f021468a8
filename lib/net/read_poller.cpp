#include "net/read_poller.h"

#include <sys/epoll.h>

#include <array>
#include <utility>

namespace simbiont::net {

ReadPoller::ReadPoller(asio::io_context& context) : epoll_(context) {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  asio::error_code failure;
  if (descriptor >= 0) epoll_.assign(descriptor, failure);
  if (ok()) wait();
}

bool ReadPoller::watch(int socket, std::shared_ptr<Readable> who) {
  const auto place = static_cast<std::size_t>(socket);
  if (place >= watched_.size()) watched_.resize(place + 1);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  if (epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, socket, &event) != 0) return false;
  watched_[place] = std::move(who);
  return true;
}

void ReadPoller::forget(int socket) {
  const auto place = static_cast<std::size_t>(socket);
  if (socket < 0 || place >= watched_.size() || watched_[place] == nullptr) return;
  epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
  watched_[place].reset();
}

void ReadPoller::wait() {
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const asio::error_code& failure) {
    if (failure) return;  // this may be gone
    serve();
    wait();
  });
}

// Nothing is accepted meanwhile: a descriptor that is closed here is not another connection's within a turn.
void ReadPoller::serve() {
  std::array<epoll_event, 128> events;
  const int count = epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const auto place = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.fd);
    if (place >= watched_.size()) continue;
    if (const std::shared_ptr<Readable> who = watched_[place]; who != nullptr) who->on_readable();
  }
}

}  // namespace simbiont::net
