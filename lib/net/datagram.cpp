#include "net/datagram.h"

#include <sys/stat.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/local/datagram_protocol.hpp>

namespace simbiont::net {
namespace {

using asio::local::datagram_protocol;

class Socket final : public UnixDatagrams {
 public:
  Socket(Loop& loop, std::string path, std::size_t largest, OnDatagram on_datagram)
      : socket_(loop.context()),
        path_(std::move(path)),
        buffer_(largest + 1),
        on_datagram_(std::move(on_datagram)) {}
  ~Socket() override {
    if (socket_.is_open()) (void)unlink(path_.c_str());
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Status open() {
    struct stat there {};
    if (lstat(path_.c_str(), &there) == 0) {
      if (!S_ISSOCK(there.st_mode)) return error(Errc::refused, path_ + " is there, and no socket");
      (void)unlink(path_.c_str());
    }
    asio::error_code failure;
    datagram_protocol::socket made(socket_.get_executor());
    (void)made.open(datagram_protocol(), failure);
    const mode_t mask = umask(0177);
    if (!failure) (void)made.bind(datagram_protocol::endpoint(path_), failure);
    (void)umask(mask);
    if (!failure) (void)made.non_blocking(true, failure);
    if (failure) return error(Errc::io, "cannot bind " + path_ + ": " + failure.message());
    socket_ = std::move(made);
    receive();
    return {};
  }

  void send(const std::string& client, ByteView datagram) override {
    asio::error_code ignored;
    (void)socket_.send_to(asio::buffer(datagram.data(), datagram.size()), datagram_protocol::endpoint(client),
                          0, ignored);
  }

 private:
  void receive() {
    socket_.async_receive_from(asio::buffer(buffer_), from_,
                               [this](const asio::error_code& failure, std::size_t size) {
                                 if (failure == asio::error::operation_aborted) return;
                                 if (!failure && size < buffer_.size() && !from_.path().empty())
                                   on_datagram_(from_.path(), ByteView(buffer_).first(size));
                                 receive();
                               });
  }

  datagram_protocol::socket socket_;
  const std::string path_;
  Bytes buffer_;
  datagram_protocol::endpoint from_;
  const OnDatagram on_datagram_;
};

}  // namespace

Result<std::unique_ptr<UnixDatagrams>> UnixDatagrams::bind(Loop& loop, const std::string& path,
                                                           std::size_t largest, OnDatagram on_datagram) {
  if (path.empty() || path.size() > 107)
    return error(Errc::invalid_argument, "a unix socket's path has 1 to 107 octets: " + path);
  auto socket = std::make_unique<Socket>(loop, path, largest, std::move(on_datagram));
  if (Status opened = socket->open(); !opened) return opened.error();
  return std::unique_ptr<UnixDatagrams>(std::move(socket));
}

}  // namespace simbiont::net
