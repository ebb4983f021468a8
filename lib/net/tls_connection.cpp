// A connection whose octets go through a TlsStream. The wire's own limits hold: its write buffer, its pauses.
#include <utility>

#include "net/tls.h"

namespace simbiont::net {
namespace {

class TlsConnection final : public Connection,
                            public ConnectionEvents,
                            public std::enable_shared_from_this<TlsConnection> {
 public:
  TlsConnection(std::shared_ptr<Connection> wire, std::shared_ptr<const TlsContext> context)
      : wire_(std::move(wire)), stream_(std::move(context)) {}

  void start(ConnectionEvents& events) override {
    events_ = &events;
    wire_->start(*this);
  }
  void write(ByteView octets) override {
    const Status taken = stream_.write(octets);
    send();
    if (!taken) fail(taken.error());
  }
  void close_when_written() override {
    stream_.end();
    send();
    wire_->close_when_written();
  }
  void close(std::string_view why) override { wire_->close(why); }
  std::size_t pending() const override { return wire_->pending(); }
  const std::string& remote() const override { return wire_->remote(); }
  const IpAddress& local_address() const override { return wire_->local_address(); }
  const IpAddress& remote_address() const override { return wire_->remote_address(); }
  bool is_open() const override { return wire_->is_open() && !stream_.is_ended() && why_.empty(); }
  const PeerCertificate* certificate() const override { return &stream_.certificate(); }

 private:
  void on_read(ByteView octets) override {
    plain_.clear();
    const Status taken = stream_.take(octets, plain_);
    send();
    if (!plain_.empty()) events_->on_read(plain_);
    if (!taken) return fail(taken.error());
    if (stream_.is_ended()) close_when_written();
  }
  // This may go with its owner.
  void on_closed(std::string_view why) override {
    const auto self = shared_from_this();
    events_->on_closed(why_.empty() ? why : std::string_view(why_));
  }
  // What the stream says at last, an alert, still goes out.
  void fail(const Error& error) {
    why_ = error.message;
    wire_->close_when_written();
  }
  void send() {
    wire_->write(stream_.wire());
    stream_.wire().clear();
  }

  std::shared_ptr<Connection> wire_;
  TlsStream stream_;
  ConnectionEvents* events_ = nullptr;
  Bytes plain_;
  std::string why_;
};

}  // namespace

std::shared_ptr<Connection> over_tls(std::shared_ptr<Connection> wire,
                                     std::shared_ptr<const TlsContext> context) {
  return std::make_shared<TlsConnection>(std::move(wire), std::move(context));
}

}  // namespace simbiont::net
