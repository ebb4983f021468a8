#include "lab/load_link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/clock.h"

namespace simbiont::lab {
namespace {

using diameter::Command;

constexpr std::int64_t goodbye_ms = 1'000;
constexpr unsigned slot_bits = 16;
constexpr std::uint32_t slot_mask = (1U << slot_bits) - 1;
static_assert(LoadPlan::max_window <= std::size_t{1} << slot_bits);

std::string numbered(std::string name, unsigned number) {
  const std::size_t at = name.find("{}");
  return at == std::string::npos ? name : name.replace(at, 2, std::to_string(number));
}

Error lost(const std::string& why) { return error(Errc::unavailable, why); }

class Discarded final : public LoadAnswers {
  void on_read() override {}
  void on_answer(const LoadPending&, ByteView) override {}
};

}  // namespace

LoadLink::LoadLink(TcpSocket socket, const LoadPlan& plan, unsigned number)
    : socket_(std::move(socket)),
      self_{numbered(plan.origin_host, number), plan.origin_realm},
      addresses_{socket_.local_address()},
      first_imsi_(std::stoull(plan.first_imsi)) {
  kept_.reserve(diameter::max_message_size);
  out_.resize(2 * control_reserve);
}

Result<std::unique_ptr<LoadLink>> LoadLink::open(const LoadPlan& plan, unsigned number) {
  auto socket = TcpSocket::connect(plan.where.host, plan.where.port, plan.timeout_ms);
  if (!socket) return socket.error();
  std::unique_ptr<LoadLink> link(new LoadLink(std::move(*socket), plan, number));
  if (Status done = link->exchange_capabilities(plan); !done) return done.error();
  link->prepare(plan);
  return link;
}

// RFC 6733 5.3. What came behind the CEA is kept.
Status LoadLink::exchange_capabilities(const LoadPlan& plan) {
  Bytes message;
  diameter::encode_cer(us(), {1, 1}, message);
  if (Status queued = queue(message); !queued) return queued;
  if (Status sent = flush(); !sent) return sent;
  const SystemClock clock;
  const MonotonicMs deadline = clock.monotonic_ms() + plan.timeout_ms;
  while (diameter::next_frame(kept_).state == diameter::FrameState::incomplete) {
    const auto ready = socket_.wait(false, deadline - clock.monotonic_ms());
    if (!ready) return ready.error();
    if (clock.monotonic_ms() >= deadline) return lost("no CEA in time");
    ByteArray<4096> piece{};
    const auto got = socket_.read_some(piece);
    if (!got) return got.error();
    if (*got && **got == 0) return lost("the peer closed instead of sending a CEA");
    if (*got) kept_.insert(kept_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(**got));
  }
  const diameter::Frame frame = diameter::next_frame(kept_);
  if (frame.state == diameter::FrameState::broken) return lost("what came is no Diameter message");
  const auto cea = diameter::decode_cea(frame.message);
  if (!cea.message) return lost("what came is no CEA");
  if (cea.message->code != diameter::result::success)
    return lost("CER refused with " + std::to_string(cea.message->code.value));
  peer_host_ = cea.message->origin_host;
  peer_realm_ = cea.message->origin_realm;
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(frame.message.size()));
  open_ = true;
  return {};
}

void LoadLink::prepare(const LoadPlan& plan) {
  const LoadFields fields{self_,
                          plan.destination_host,
                          plan.destination_realm.empty() ? peer_realm_ : plan.destination_realm,
                          plan.visited_plmn,
                          plan.vectors,
                          plan.first_imsi.size()};
  templates_.push_back(LoadTemplate::air(fields));
  templates_.push_back(LoadTemplate::ulr(fields));
  largest_request_ = std::max(templates_[0].size(), templates_[1].size());
  const std::size_t in_flight = plan.open_loop() ? LoadPlan::max_window : plan.window;
  slots_.resize(in_flight);
  free_.resize(in_flight);
  for (std::size_t i = 0; i < in_flight; ++i) free_[i] = static_cast<std::uint32_t>(in_flight - 1 - i);
  out_.resize(std::min(in_flight, max_queued) * largest_request_ + 2 * control_reserve);
}

void LoadLink::request(LoadKind kind, std::uint64_t index, std::uint64_t due_ns, std::uint64_t now_ns) {
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  ++next_id_;
  const diameter::Ids ids{next_id_ << slot_bits | slot, next_id_};
  slots_[slot] = {index, due_ns, now_ns, ids, kind, true};
  const LoadTemplate& made = templates_[static_cast<std::size_t>(kind)];
  made.write(out_.data() + end_, first_imsi_ + index, ids, next_id_);
  end_ += made.size();
}

Status LoadLink::flush() {
  if (end_ == 0) return {};
  const auto sent = socket_.write_some(ByteView(out_).first(end_));
  if (!sent) return sent.error();
  bytes_sent_ += *sent;
  if (*sent < end_) std::memmove(out_.data(), out_.data() + *sent, end_ - *sent);
  end_ -= *sent;
  return {};
}

Status LoadLink::receive(std::span<std::uint8_t> scratch, LoadAnswers& answers) {
  const std::size_t kept = kept_.size();
  std::copy(kept_.begin(), kept_.end(), scratch.begin());
  const auto got = socket_.read_some(scratch.subspan(kept));
  if (!got) return got.error();
  if (!*got && kept == 0) return {};
  if (*got && **got == 0)
    return lost(goodbye_said_ ? "the peer said goodbye" : "the peer closed the connection");
  bytes_received_ += got->value_or(0);
  answers.on_read();
  ByteView stream = ByteView(scratch).first(kept + got->value_or(0));
  diameter::Frame frame = diameter::next_frame(stream);
  for (; frame.state == diameter::FrameState::complete; frame = diameter::next_frame(stream)) {
    if (Status taken = take(frame.message, answers); !taken) return taken;
    stream = stream.subspan(frame.message.size());
  }
  if (frame.state == diameter::FrameState::broken) return lost("the peer sent what is no Diameter message");
  kept_.assign(stream.begin(), stream.end());
  return {};
}

Status LoadLink::take(ByteView frame, LoadAnswers& answers) {
  const diameter::Header header = diameter::read_header(frame);
  return header.is_request() ? take_request(header, frame) : take_answer(header, frame, answers);
}

Status LoadLink::take_answer(const diameter::Header& header, ByteView frame, LoadAnswers& answers) {
  if (header.command == static_cast<std::uint32_t>(Command::dpr)) return lost("closed");
  const std::size_t slot = header.hop_by_hop & slot_mask;
  if (slot >= slots_.size() || !slots_[slot].in_flight || slots_[slot].ids.hop_by_hop != header.hop_by_hop ||
      slots_[slot].ids.end_to_end != header.end_to_end) {
    ++unexpected_;
    return {};
  }
  slots_[slot].in_flight = false;
  free_.push_back(static_cast<std::uint32_t>(slot));
  answers.on_answer(slots_[slot], frame);
  return {};
}

// RFC 6733 5.5 and 5.4; TS 29.272 5.2.1.2: a CLR is taken as an MME takes it. Other requests are refused.
Status LoadLink::take_request(const diameter::Header& header, ByteView frame) {
  Bytes answer;
  switch (static_cast<Command>(header.command)) {
    case Command::dwr:
      diameter::encode_dwa(frame, us(), answer);
      break;
    case Command::dpr:
      diameter::encode_dpa(frame, us(), answer);
      goodbye_said_ = true;
      open_ = false;
      break;
    case Command::clr:
      diameter::encode_cla(frame, self_, {{}, diameter::result::success}, answer);
      ++cancelled_;
      break;
    default:
      diameter::encode_refusal(frame, self_, {diameter::result::command_unsupported, {}, {}}, answer);
  }
  return queue(answer);
}

Status LoadLink::queue(ByteView message) {
  if (end_ + message.size() > out_.size()) {
    if (Status flushed = flush(); !flushed) return flushed;
    if (end_ + message.size() > out_.size()) return lost("the peer sends requests and takes no answers");
  }
  std::copy(message.begin(), message.end(), out_.begin() + static_cast<std::ptrdiff_t>(end_));
  end_ += message.size();
  return {};
}

void LoadLink::acknowledge_now() {
  const int on = 1;
  (void)setsockopt(socket_.descriptor(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

void LoadLink::close() {
  if (!open_) return socket_.close();
  Bytes dpr;
  diameter::encode_dpr(us(), static_cast<std::uint32_t>(diameter::DisconnectCause::rebooting),
                       {++next_id_, next_id_}, dpr);
  const SystemClock clock;
  const MonotonicMs deadline = clock.monotonic_ms() + goodbye_ms;
  Bytes scratch(scratch_size);
  Discarded discarded;
  Status alive = queue(dpr);
  while (alive && clock.monotonic_ms() < deadline) {
    alive = flush();
    const auto ready = socket_.wait(has_output(), deadline - clock.monotonic_ms());
    if (!ready) break;
    if (alive && *ready) alive = receive(scratch, discarded);
  }
  open_ = false;
  socket_.close();
}

}  // namespace simbiont::lab
