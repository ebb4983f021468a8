#include "lab/mme.h"

#include <algorithm>
#include <utility>

#include "diameter/election.h"
#include "diameter/s13.h"
#include "lab/hss_request.h"

namespace simbiont::lab {
namespace {

constexpr std::size_t read_size = 65'536;
// What Peer says when DPR was answered by DPA.
constexpr std::string_view disconnected_by_us = "disconnected by us";
constexpr std::size_t max_kept = 1'000'000;

diameter::PeerConfig peer_config(const MmeConfig& config, const TcpSocket& socket, const Clock& clock) {
  diameter::PeerConfig out;
  out.self = config.self;
  out.host_addresses = {socket.local_address()};
  out.origin_state_id = static_cast<std::uint32_t>(clock.unix_ms() / 1000);
  out.capabilities_timeout_ms = config.timeout_ms;
  out.disconnect_timeout_ms = config.timeout_ms;
  return out;
}

std::string describe(const diameter::Refusal& refusal) {
  return "result " + std::to_string(refusal.code.value);
}

}  // namespace

Mme::Mme(TcpSocket socket, MmeConfig config, std::shared_ptr<PcapFile> pcap)
    : config_(std::move(config)),
      peer_config_(peer_config(config_, socket, clock_)),
      socket_(std::move(socket)),
      peer_(diameter::Peer::Role::initiator, peer_config_, *this, clock_.monotonic_ms()) {
  if (!pcap) return;
  const Endpoint local = socket_.local();
  flow_.emplace(std::move(pcap), FlowEnds{local.address, socket_.remote().address, local.port},
                clock_.unix_ms());
}

Mme::~Mme() {
  if (flow_ && socket_.is_open()) flow_->close(clock_.unix_ms());
}

Result<std::unique_ptr<Mme>> Mme::connect(const HostPort& where, MmeConfig config,
                                          std::shared_ptr<PcapFile> pcap) {
  auto socket = TcpSocket::connect(where.host, where.port, config.timeout_ms);
  if (!socket) return socket.error();
  if (config.tls != nullptr)
    if (Status secured = socket->secure(config.tls, config.timeout_ms); !secured) return secured.error();
  std::unique_ptr<Mme> mme(new Mme(std::move(*socket), std::move(config), std::move(pcap)));
  if (auto opened = mme->open(); !opened) return opened.error();
  return mme;
}

// Over TLS the certificate must name whom the CEA names.
diameter::ResultCode Mme::admit(std::string_view host, std::string_view, bool) {
  const net::PeerCertificate* const shown = socket_.certificate();
  if (shown == nullptr) return diameter::result::success;
  const bool named = std::any_of(shown->names.begin(), shown->names.end(), [&](const std::string& name) {
    return diameter::same_identity(name, host);
  });
  return named ? diameter::result::success : diameter::result::unknown_peer;
}

Status Mme::open() {
  const MonotonicMs deadline = clock_.monotonic_ms() + config_.timeout_ms;
  while (!peer_.is_open()) {
    const std::int64_t left = deadline - clock_.monotonic_ms();
    if (left <= 0) return error(Errc::unavailable, "no CEA in time");
    if (auto polled = poll(left); !polled) return polled;
  }
  if (config_.destination_realm.empty()) config_.destination_realm = peer_.realm();
  return {};
}

diameter::Routing Mme::routing(std::string_view session_id) const {
  return {session_id, config_.self.host, config_.self.realm, config_.destination_host,
          config_.destination_realm};
}

// RFC 6733 8.8: identity; high 32 bits; low 32 bits.
std::string Mme::next_session_id() {
  return config_.self.host + ";" + std::to_string(peer_config_.origin_state_id) + ";" +
         std::to_string(++sessions_);
}

Result<Mme::Ticket> Mme::send_air(const AirQuestion& question) {
  const std::string session = next_session_id();
  diameter::Air air;
  air.routing = routing(session);
  air.user_name = question.imsi;
  air.visited_plmn = config_.visited_plmn.octets;
  air.eutran = diameter::Air::Requested{question.vectors, false, question.resync};
  Bytes frame;
  diameter::encode_air(air, peer_.next_ids(), frame);
  return send_frame(frame);
}

Result<Mme::Ticket> Mme::send_ulr(const UlrQuestion& question) {
  const std::string session = next_session_id();
  diameter::Ulr ulr;
  ulr.routing = routing(session);
  ulr.user_name = question.imsi;
  ulr.rat_type = question.rat_type;
  ulr.sgsn_number = question.sgsn_number;
  ulr.features = question.features;
  ulr.flags = question.flags;
  ulr.visited_plmn = config_.visited_plmn.octets;
  if (!question.imei.empty())
    ulr.terminal = diameter::TerminalInformation{question.imei, question.software_version};
  Bytes frame;
  diameter::encode_ulr(ulr, peer_.next_ids(), frame);
  return send_frame(frame);
}

Result<Mme::Ticket> Mme::send_frame(ByteView request) {
  if (!peer_.is_open()) return error(Errc::refused, "the connection is not open");
  if (outstanding_.size() >= max_in_flight) return error(Errc::refused, "too many requests are unanswered");
  const diameter::Header header = diameter::read_header(request);
  outstanding_[header.hop_by_hop] = header.end_to_end;
  peer_.send(request);
  return header.hop_by_hop;
}

Status Mme::connection_lost(std::string why) {
  lost_why_ = std::move(why);
  if (flow_) flow_->close(clock_.unix_ms());
  socket_.close();
  return error(Errc::unavailable, lost_why_);
}

Status Mme::write_pending() {
  Bytes& output = peer_.output();
  sending_.insert(sending_.end(), output.begin(), output.end());
  output.clear();
  while (sent_ < sending_.size()) {
    const ByteView rest = ByteView(sending_).subspan(sent_);
    const auto count = socket_.write_some(rest);
    if (!count) return connection_lost(count.error().message);
    if (*count == 0) break;
    if (flow_) flow_->sent(rest.first(*count), clock_.unix_ms());
    sent_ += *count;
  }
  if (sent_ == sending_.size()) {
    sending_.clear();
    sent_ = 0;
  }
  return {};
}

Status Mme::read_arrived() {
  Bytes buffer(read_size);
  while (true) {
    const auto count = socket_.read_some(buffer);
    if (!count) return connection_lost(count.error().message);
    if (!*count) return {};
    if (**count == 0) return connection_lost("the peer closed the connection");
    const ByteView arrived = ByteView(buffer).first(**count);
    if (flow_) flow_->received(arrived, clock_.unix_ms());
    peer_.on_bytes(arrived, clock_.monotonic_ms());
    if (!closed_why_.empty() || arrived.size() < buffer.size()) return {};
  }
}

Status Mme::poll(std::int64_t wait_ms) {
  if (!socket_.is_open()) return error(Errc::unavailable, lost_why_);
  if (auto written = write_pending(); !written) return written;
  const MonotonicMs now = clock_.monotonic_ms();
  const std::int64_t until_timer = std::max<std::int64_t>(0, peer_.deadline() - now);
  const auto ready = socket_.wait(!sending_.empty(), std::min(wait_ms, until_timer));
  if (!ready) return connection_lost(ready.error().message);
  if (*ready) {
    if (auto read = read_arrived(); !read) return read;
  }
  if (clock_.monotonic_ms() >= peer_.deadline()) peer_.on_time(clock_.monotonic_ms());
  if (auto written = write_pending(); !written) return written;
  if (!closed_why_.empty()) return connection_lost(closed_why_);
  return {};
}

Status Mme::flush() {
  const MonotonicMs deadline = clock_.monotonic_ms() + config_.timeout_ms;
  do {
    if (auto polled = poll(sending_.empty() ? 0 : deadline - clock_.monotonic_ms()); !polled) return polled;
    if (clock_.monotonic_ms() >= deadline && !sending_.empty()) {
      return error(Errc::unavailable, "the peer does not read");
    }
  } while (!sending_.empty());
  return {};
}

void Mme::on_answer(ByteView frame) {
  const diameter::Header header = diameter::read_header(frame);
  const auto found = outstanding_.find(header.hop_by_hop);
  if (found == outstanding_.end() || found->second != header.end_to_end) {
    ++unexpected_answers_;
    return;
  }
  outstanding_.erase(found);
  answers_.push_back({header.hop_by_hop, Bytes(frame.begin(), frame.end())});
}

void Mme::on_request(ByteView frame) {
  const HssRequest taken = take_hss_request(frame, config_.self);
  const bool is_clr =
      diameter::read_header(frame).command == static_cast<std::uint32_t>(diameter::Command::clr);
  if (!taken.line.empty() && requests_.size() < max_kept) requests_.push_back(taken.line);
  if (is_clr && !taken.line.empty()) {
    const auto clr = diameter::decode_clr(frame);
    if (cancelled_.size() < max_kept)
      cancelled_.push_back({std::string(clr.message->user_name), clr.message->cancellation_type,
                            clr.message->flags.value_or(0)});
    if (!config_.answers_clr) return;
  }
  peer_.send(taken.answer);
}

std::vector<std::string> Mme::take_requests() { return std::exchange(requests_, {}); }

std::optional<Mme::Answer> Mme::take(Ticket ticket) {
  const auto found = std::find_if(answers_.begin(), answers_.end(),
                                  [ticket](const Answer& answer) { return answer.ticket == ticket; });
  if (found == answers_.end()) return std::nullopt;
  Answer answer = std::move(*found);
  answers_.erase(found);
  return answer;
}

Result<Mme::Answer> Mme::wait(Ticket ticket) {
  const MonotonicMs deadline = clock_.monotonic_ms() + config_.timeout_ms;
  while (true) {
    if (auto answer = take(ticket)) return std::move(*answer);
    if (!outstanding_.contains(ticket)) return error(Errc::not_found, "no such request is unanswered");
    const std::int64_t left = deadline - clock_.monotonic_ms();
    if (left <= 0) {
      outstanding_.erase(ticket);
      return error(Errc::unavailable, "no answer in time");
    }
    if (auto polled = poll(left); !polled) {
      if (auto answer = take(ticket)) return std::move(*answer);  // it came just before the end
      return polled.error();
    }
  }
}

Result<Mme::Answer> Mme::wait_any(std::int64_t wait_ms) {
  const MonotonicMs deadline = clock_.monotonic_ms() + wait_ms;
  while (answers_.empty()) {
    const std::int64_t left = deadline - clock_.monotonic_ms();
    if (left < 0) return error(Errc::unavailable, "no answer in time");
    if (auto polled = poll(left); !polled && answers_.empty()) return polled.error();
  }
  Answer answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

Result<AuthenticationAnswer> Mme::air(const AirQuestion& question) {
  const auto ticket = send_air(question);
  if (!ticket) return ticket.error();
  const auto answer = wait(*ticket);
  if (!answer) return answer.error();
  auto aia = diameter::decode_aia(answer->frame);
  if (!aia.message) return error(Errc::corrupt, "an AIA that is none: " + describe(aia.refusal));
  return AuthenticationAnswer{aia.message->code, std::move(aia.message->vectors)};
}

Result<LocationAnswer> Mme::ulr(const UlrQuestion& question) {
  auto ula = update(question);
  if (!ula) return ula.error();
  return LocationAnswer{ula->code, std::move(ula->data)};
}

Result<diameter::Ula> Mme::update(const UlrQuestion& question) {
  const auto ticket = send_ulr(question);
  if (!ticket) return ticket.error();
  const auto answer = wait(*ticket);
  if (!answer) return answer.error();
  auto ula = diameter::decode_ula(answer->frame);
  if (!ula.message) return error(Errc::corrupt, "a ULA that is none: " + describe(ula.refusal));
  ula.message->routing = {};
  return *std::move(ula.message);
}

Result<diameter::ResultCode> Mme::notify(std::string_view imsi, std::string_view imei,
                                         std::optional<std::uint32_t> flags) {
  const std::string session = next_session_id();
  diameter::Nor nor;
  nor.routing = routing(session);
  nor.user_name = imsi;
  if (!imei.empty()) nor.terminal = diameter::TerminalInformation{imei, {}};
  nor.flags = flags;
  Bytes frame;
  diameter::encode_nor(nor, peer_.next_ids(), frame);
  const auto answer = ask(frame);
  if (!answer) return answer.error();
  const auto noa = diameter::decode_noa(answer->frame);
  if (!noa.message) return error(Errc::corrupt, "a NOA that is none: " + describe(noa.refusal));
  return noa.message->code;
}

Result<diameter::Pua> Mme::purge(std::string_view imsi, std::optional<std::uint32_t> flags) {
  const std::string session = next_session_id();
  diameter::Pur pur;
  pur.routing = routing(session);
  pur.user_name = imsi;
  pur.flags = flags;
  Bytes frame;
  diameter::encode_pur(pur, peer_.next_ids(), frame);
  const auto answer = ask(frame);
  if (!answer) return answer.error();
  const auto pua = diameter::decode_pua(answer->frame);
  if (!pua.message) return error(Errc::corrupt, "a PUA that is none: " + describe(pua.refusal));
  return diameter::Pua{{}, pua.message->code, pua.message->flags};
}

Result<Mme::Equipment> Mme::check_equipment(std::string_view imei) {
  const std::string session = next_session_id();
  diameter::Ecr ecr;
  ecr.routing = routing(session);
  ecr.terminal = diameter::TerminalInformation{imei, {}};
  Bytes frame;
  diameter::encode_ecr(ecr, peer_.next_ids(), frame);
  const auto answer = ask(frame);
  if (!answer) return answer.error();
  const auto eca = diameter::decode_eca(answer->frame);
  if (!eca.message) return error(Errc::corrupt, "an ECA that is none: " + describe(eca.refusal));
  Equipment out{eca.message->code, std::nullopt};
  if (eca.message->code == diameter::result::success)
    out.status = static_cast<std::uint32_t>(*eca.message->status);
  return out;
}

Result<Mme::Answer> Mme::ask(ByteView request) {
  const auto ticket = send_frame(request);
  if (!ticket) return ticket.error();
  return wait(*ticket);
}

Status Mme::wait_clr(std::size_t count, std::int64_t wait_ms) {
  const MonotonicMs deadline = clock_.monotonic_ms() + wait_ms;
  while (cancelled_.size() < count) {
    const std::int64_t left = deadline - clock_.monotonic_ms();
    if (left <= 0) return error(Errc::unavailable, "no CLR in time");
    if (auto polled = poll(left); !polled) return polled;
  }
  return {};
}

Status Mme::disconnect() {
  constexpr std::uint32_t do_not_want_to_talk = 2;
  if (!socket_.is_open()) return error(Errc::unavailable, lost_why_);
  peer_.disconnect(do_not_want_to_talk, clock_.monotonic_ms());
  const MonotonicMs deadline = clock_.monotonic_ms() + 2 * config_.timeout_ms;
  Status polled;
  while (polled && clock_.monotonic_ms() < deadline) polled = poll(config_.timeout_ms);
  if (polled) (void)connection_lost("the peer does not take the DPR");
  if (lost_why_ != disconnected_by_us) return error(Errc::unavailable, lost_why_);
  return {};
}

}  // namespace simbiont::lab
