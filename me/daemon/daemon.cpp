#include "me/daemon/daemon.h"

#include <poll.h>

#include <cerrno>
#include <iostream>
#include <system_error>

#include "base/secret.h"
#include "me/daemon/last_resort.h"
#include "me/daemon/vpcd_owner.h"

namespace simbiont::me {
namespace {

constexpr std::int64_t look_after_ms = 250;
constexpr std::int64_t unasked_ms = 5000;  // vpcd looks for its card several times a second

void log(std::string_view event, std::string_view name = {}, std::string_view value = {}) {
  std::clog << format_utc(SystemClock().unix_ms()) << " event=" << event;
  if (!name.empty()) std::clog << ' ' << name << "=\"" << value << '"';
  std::clog << std::endl;
}

}  // namespace

Daemon::Daemon(Device& device, const DaemonOptions& options)
    : device_(device),
      options_(options),
      reader_(options.reader),
      link_(options.vpcd),
      bridge_(device_, reader_),
      control_(options.socket, [this](const Request& request) {
        return answer_line(run_command(request, device_, standing(), bridge_.counts()));
      }) {}

Standing Daemon::standing() const {
  return {reader_.name().empty() ? options_.reader : reader_.name(),
          reader_.is_open(),
          options_.vpcd_text,
          link_.is_open() && asked_,
          options_.keystore,
          options_.memory_locked,
          problem_};
}

Status Daemon::run(int signals) {
  if (Status listening = control_.listen(); !listening) return listening;
  log("started", "socket", options_.socket);
  const LastResort last_resort(signals);
  const SystemClock clock;
  std::vector<pollfd> descriptors;
  for (MonotonicMs next_look = 0;;) {
    if (clock.monotonic_ms() >= next_look) {
      look_after();
      next_look = clock.monotonic_ms() + look_after_ms;
    }
    descriptors = {{signals, POLLIN, 0}, {link_.descriptor(), POLLIN, 0}};
    control_.add_to(descriptors);
    const int ready = poll(descriptors.data(), descriptors.size(), static_cast<int>(look_after_ms));
    if (ready < 0 && errno != EINTR)
      return error(Errc::io, std::string("poll: ") + std::generic_category().message(errno));
    if (ready <= 0) continue;
    if (descriptors[0].revents != 0) break;
    if (descriptors[1].revents != 0) serve_vpcd();
    control_.serve(clock.monotonic_ms());
  }
  link_.close();
  reader_.close();
  log("stopped");
  return {};
}

void Daemon::set_problem(const std::string& problem) {
  if (problem == problem_) return;
  problem_ = problem;
  if (!problem.empty()) log("waiting", "for", problem);
}

void Daemon::look_after() {
  if (reader_.is_open() && !reader_.is_present())
    lose_card(error(Errc::unavailable, "the card was taken out"));
  if (!reader_.is_open()) open_card();
  if (reader_.is_open() && !link_.is_open()) offer_card();
  if (link_.is_open() && !asked_ && SystemClock().monotonic_ms() - opened_at_ > unasked_ms)
    set_problem("vpcd does not ask for the card: another one may be in its reader");
  control_.serve(SystemClock().monotonic_ms());
}

void Daemon::open_card() {
  if (Status opened = reader_.open(); !opened) {
    set_problem(opened.error().message);
    return;
  }
  bridge_.on_reset();
  used_ = true;
  const Result<std::string> imsi = read_imsi(reader_);
  if (!imsi && imsi.error().code == Errc::unavailable) {
    lose_card(imsi.error());
    return;
  }
  // Without an IMSI yet no slot is in scope, until the host has read it.
  (void)device_.set_imsi(imsi ? *imsi : "");
  set_problem("");
  log("card-in", imsi ? "imsi" : "note", imsi ? *imsi : imsi.error().message);
}

void Daemon::offer_card() {
  const Status opened = link_.open();
  if (!opened) return set_problem(opened.error().message);
  asked_ = false;
  opened_at_ = SystemClock().monotonic_ms();
}

void Daemon::lose_card(const Error& why) {
  log("card-lost", "why", why.message);
  link_.close();
  reader_.close();
  (void)device_.set_imsi("");
}

void Daemon::serve_vpcd() {
  const Result<std::optional<Bytes>> received = link_.receive();
  if (!received) {
    link_.close();
    set_problem(received.error().message);
    return;
  }
  const auto& message = *received;
  if (!message) return;
  if (!asked_ && !first_asked()) return;
  if (Status served = serve_message(*message); !served) lose_card(served.error());
}

// Nothing was answered yet: whoever has the connection shows himself by asking.
bool Daemon::first_asked() {
  const Status trusted = check_vpcd_owner(link_.descriptor());
  set_problem(trusted ? "" : trusted.error().message);
  asked_ = trusted.ok();
  if (asked_)
    log("card-offered", "vpcd", options_.vpcd_text);
  else
    link_.close();
  return asked_;
}

Status Daemon::serve_message(ByteView message) {
  if (message.size() < 2)
    return message.empty() ? Status{} : serve_control(static_cast<usim::VpcdControl>(message[0]));
  used_ = true;
  Result<Bytes> response = bridge_.exchange(message);
  if (!response) return response.error();
  const Status sent = link_.send(*response);
  zeroise(*response);
  if (!sent) link_.close();
  return {};
}

Status Daemon::serve_control(usim::VpcdControl control) {
  if (control == usim::VpcdControl::atr) {
    if (!link_.send(reader_.atr())) link_.close();
    return {};
  }
  if ((control != usim::VpcdControl::on && control != usim::VpcdControl::reset) || !used_) return {};
  bridge_.on_reset();
  used_ = false;
  return reader_.reset();
}

}  // namespace simbiont::me
