#include "aka/eps_batch.h"

#include <algorithm>

#include "aka/eps_kernel.h"
#include "aka/milenage.h"
#include "crypto/cpu.h"
#include "crypto/native.h"
#include "crypto/stack.h"

namespace simbiont::aka {
namespace {

// How many go through Milenage before their KASMEs are derived; what stands between stays in the L1 cache.
constexpr std::size_t chunk_size = 8;

class Workspace {
 public:
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() {
    zeroise({reinterpret_cast<std::uint8_t*>(jobs_.data()), used_ * sizeof(crypto::ShortHmac)});
  }

  std::span<crypto::ShortHmac> jobs(std::size_t count) {
    used_ = std::max(used_, count);
    return std::span(jobs_).first(count);
  }

 private:
  std::array<crypto::ShortHmac, chunk_size> jobs_;
  std::size_t used_ = 0;
};

MilenagePart* milenage_part() {
  if constexpr (crypto::native::built) {
    if (crypto::cpu_has_aes()) return milenage_part_aes_ni;
  }
  return milenage_part_plain;
}

}  // namespace

void make_eps_quantities(std::span<const EpsOrder> orders, std::span<EpsQuantities> out) {
  assert(orders.size() == out.size());
  MilenagePart* const part = milenage_part();
  {
    Workspace workspace;
    while (!orders.empty()) {
      const std::size_t count = std::min(orders.size(), chunk_size);
      const auto jobs = workspace.jobs(count);
      part(orders.first(count), out.data(), jobs.data());
      crypto::hmac_sha256_short(jobs, kasme_message_size);
      orders = orders.subspan(count);
      out = out.subspan(count);
    }
  }
  crypto::wipe_dead_stack();
}

void milenage_part_plain(std::span<const EpsOrder> orders, EpsQuantities* out, crypto::ShortHmac* jobs) {
  for (const EpsOrder& order : orders) {
    const Milenage functions(Secret(ByteView(order.k, 16)), Secret(ByteView(order.opc, 16)));
    Amf amf = order.amf;
    amf[0] |= separation_bit;
    Milenage::F2345 f = functions.f2345(*order.rand);
    const Mac mac = functions.f1(*order.rand, order.sqn, amf);
    const std::uint64_t sqn_xor_ak = order.sqn.value ^ load_be(f.ak);
    out->xres = f.res;
    store_be(sqn_xor_ak, std::span(out->autn).first(6));
    std::ranges::copy(amf, out->autn.begin() + 6);
    std::ranges::copy(mac, out->autn.begin() + 8);

    std::ranges::copy(f.ck, jobs->key.begin());
    std::ranges::copy(f.ik, jobs->key.begin() + 16);
    jobs->message = {0x10, 0, 0, 0, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0x00, 0x06, 0x80};
    std::ranges::copy(order.serving_network.octets, jobs->message.begin() + 1);
    std::copy_n(out->autn.begin(), 6, jobs->message.begin() + 6);
    jobs->mac = out->kasme.data();
    zeroise({reinterpret_cast<std::uint8_t*>(&f), sizeof f});
    ++out, ++jobs;
  }
}

}  // namespace simbiont::aka
