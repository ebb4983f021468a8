// Which of many sockets are readable, through an epoll of its own that Asio watches as one descriptor. What
// it saves: Asio arms a socket's edge again for each wait, one epoll_ctl a read; here sockets stay armed, and
// one turn of the loop serves all that are ready.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <memory>
#include <vector>

namespace simbiont::net {

class Readable {
 public:
  virtual ~Readable() = default;
  // Called again and again until what can be read is read, or the socket forgotten.
  virtual void on_readable() = 0;
};

class ReadPoller {
 public:
  explicit ReadPoller(asio::io_context& context);
  ReadPoller(const ReadPoller&) = delete;
  ReadPoller& operator=(const ReadPoller&) = delete;

  // False when the system has no epoll to give.
  bool ok() const { return epoll_.is_open(); }
  // Keeps `who` alive until it is forgotten. False when the socket cannot be watched.
  bool watch(int socket, std::shared_ptr<Readable> who);
  void forget(int socket);  // before it is closed
  void forget_all() { watched_.clear(); }

 private:
  void wait();
  void serve();

  asio::posix::stream_descriptor epoll_;
  std::vector<std::shared_ptr<Readable>> watched_;  // by descriptor
};

}  // namespace simbiont::net
