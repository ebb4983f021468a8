#include "lab/load_thread.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace simbiont::lab {
namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t drain_ns = 2 * ns_per_s;
constexpr std::uint64_t longest_wait_ns = ns_per_s / 10;  // how late a stop is noticed
constexpr std::uint64_t retry_ns = 100'000;               // while no connection takes a request

}  // namespace

std::uint64_t monotonic_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

LoadThread::LoadThread(const LoadPlan& plan, unsigned part, std::vector<std::unique_ptr<LoadLink>> links)
    : plan_(plan),
      links_(std::move(links)),
      order_(plan.order, plan.count, plan.seed, part, plan.threads),
      sample_mask_(sample_mask(plan.count, plan.sampled)),
      part_(part),
      limit_(plan.requests == 0
                 ? ~std::uint64_t{0}
                 : plan.requests / plan.threads + (part < plan.requests % plan.threads ? 1 : 0)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      scratch_(LoadLink::scratch_size) {
  if (plan.open_loop()) interval_ns_ = static_cast<double>(ns_per_s) / plan.rate;
  for (const auto& link : links_) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = link.get();
    (void)epoll_ctl(epoll_, EPOLL_CTL_ADD, link->descriptor(), &event);
  }
}

LoadThread::~LoadThread() { (void)::close(epoll_); }

void LoadThread::run(const LoadPhases& phases, const std::atomic<bool>& stop) {
  phases_ = phases;
  now_ = monotonic_ns();
  if (!plan_.open_loop()) {
    for (const auto& link : links_) fill(*link);
  }
  while (now_ < phases_.until && !stop.load(std::memory_order_relaxed) && any_open() && !finished()) {
    if (plan_.open_loop()) send_due();
    poll(phases_.until);
    succeeded_.store(all_succeeded_, std::memory_order_relaxed);
    failed_.store(all_failed_, std::memory_order_relaxed);
  }
  ended_ = std::min(now_, phases_.until);
  drain(stop);
  finish();
}

// When the nth request of this thread should leave; the threads take turns.
std::uint64_t LoadThread::due(std::uint64_t nth) const {
  return phases_.start +
         static_cast<std::uint64_t>(static_cast<double>(nth * plan_.threads + part_) * interval_ns_);
}

void LoadThread::begin(LoadLink& link, std::uint64_t due_ns) {
  const bool air = mix_ < plan_.airs;
  mix_ = mix_ + 1 == plan_.airs + plan_.ulrs ? 0 : mix_ + 1;
  ++begun_;
  link.request(air ? LoadKind::air : LoadKind::ulr, order_.next(), due_ns, now_);
}

void LoadThread::fill(LoadLink& link) {
  while (may_begin(link)) begin(link, now_);
  flush(link);
}

// Connections take turns; one that is full is passed over. When all are, what is due waits, and its clock
// runs.
void LoadThread::send_due() {
  std::size_t passed = 0;
  for (std::uint64_t when = due(begun_); when <= now_ && when < phases_.until && passed < links_.size();
       when = due(begun_)) {
    LoadLink& link = *links_[next_link_];
    next_link_ = next_link_ + 1 == links_.size() ? 0 : next_link_ + 1;
    if (!may_begin(link)) {
      ++passed;
      continue;
    }
    passed = 0;
    begin(link, when);
  }
  for (const auto& link : links_) {
    if (link->has_output()) flush(*link);
  }
}

std::uint64_t LoadThread::longest_wait(std::uint64_t until) const {
  if (plan_.spin || until <= now_) return 0;
  const std::uint64_t wait_ns = std::min(until - now_, longest_wait_ns);
  if (!plan_.open_loop() || !sending_) return wait_ns;
  const std::uint64_t next = due(begun_);
  return std::min(wait_ns, next <= now_ ? retry_ns : next - now_);
}

void LoadThread::poll(std::uint64_t until) {
  const std::uint64_t wait_ns = longest_wait(until);
  const timespec timeout{static_cast<time_t>(wait_ns / ns_per_s), static_cast<long>(wait_ns % ns_per_s)};
  std::array<epoll_event, 256> events{};
  const int ready = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    serve(*static_cast<LoadLink*>(event.data.ptr), event.events != EPOLLOUT);
  }
  now_ = monotonic_ns();
}

void LoadThread::serve(LoadLink& link, bool readable) {
  if (readable) {
    if (Status received = link.receive(scratch_, *this); !received) return lose(link, received.error());
  }
  if (sending_ && !plan_.open_loop()) {
    while (may_begin(link)) begin(link, now_);
  }
  if (readable && !link.has_output()) link.acknowledge_now();
  flush(link);
}

void LoadThread::flush(LoadLink& link) {
  const bool blocked = link.blocked;
  if (Status sent = link.flush(); !sent) return lose(link, sent.error());
  link.blocked = link.has_output();
  if (link.blocked == blocked) return;
  epoll_event event{};
  event.events = EPOLLIN;
  if (link.blocked) event.events |= EPOLLOUT;
  event.data.ptr = &link;
  (void)epoll_ctl(epoll_, EPOLL_CTL_MOD, link.descriptor(), &event);
}

void LoadThread::lose(LoadLink& link, const Error& why) {
  (void)epoll_ctl(epoll_, EPOLL_CTL_DEL, link.descriptor(), nullptr);
  link.lose();
  tally_.lost.push_back(why.message);
}

void LoadThread::on_read() { now_ = monotonic_ns(); }

void LoadThread::on_answer(const LoadPending& request, ByteView frame) {
  const auto code = scan_result(frame);
  const bool success = code && *code == diameter::result::success;
  ++(success ? all_succeeded_ : all_failed_);
  if (success && measures(plan_.open_loop() ? request.due_ns : now_))
    tally_.latency.record(now_ - request.due_ns);
  if (success && request.kind == LoadKind::air && is_sampled(request.index, sample_mask_))
    samples_.add(request.index, request.sent_ns, now_, frame);
  if (!measures(now_)) return;
  ++(success ? tally_.succeeded : tally_.failed);
  if (code) {
    tally_.count(*code);
  } else {
    ++tally_.without_code;
  }
}

bool LoadThread::finished() const {
  return begun_ == limit_ && std::all_of(links_.begin(), links_.end(), [](const auto& link) {
           return link->in_flight() == 0 || !link->is_open();
         });
}

bool LoadThread::any_open() const {
  return std::any_of(links_.begin(), links_.end(), [](const auto& link) { return link->is_open(); });
}

void LoadThread::drain(const std::atomic<bool>& stop) {
  if (plan_.open_loop()) send_due();  // what became due since the last turn
  sending_ = false;
  const auto outstanding = [](const auto& link) { return link->is_open() && link->in_flight() > 0; };
  const std::uint64_t until = now_ + drain_ns;
  while (now_ < until && !stop.load(std::memory_order_relaxed) &&
         std::any_of(links_.begin(), links_.end(), outstanding))
    poll(until);
}

void LoadThread::finish() {
  for (const auto& link : links_) {
    tally_.bytes_sent += link->bytes_sent();
    tally_.bytes_received += link->bytes_received();
    tally_.unexpected += link->unexpected();
    tally_.cancelled += link->cancelled();
    tally_.unanswered += link->in_flight();
    for (const LoadPending& request : link->slots()) {
      if (plan_.open_loop() && request.in_flight && measures(request.due_ns))
        tally_.latency.record(now_ - request.due_ns);
    }
  }
  if (!plan_.open_loop()) return;
  for (std::uint64_t when = due(begun_); when < ended_ && begun_ < limit_; when = due(++begun_)) {
    if (!measures(when)) continue;
    ++tally_.unsent;
    tally_.latency.record(now_ - when);
  }
}

}  // namespace simbiont::lab
