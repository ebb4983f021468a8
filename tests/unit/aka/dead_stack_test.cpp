// What a batch leaves behind: it runs on a stack of the test's own, which is then searched for its secrets.
#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <functional>

#include "aka/eps_batch.h"
#include "aka/milenage.h"
#include "crypto/cpu.h"

#if defined(__SANITIZE_ADDRESS__)
#define SIMBIONT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIMBIONT_ASAN 1
#endif
#endif

namespace simbiont::aka {
namespace {

// Deep enough that the end of the thread does not reach what the work left.
__attribute__((noinline)) void run_deep_down(const std::function<void()>& work) {
  ByteArray<std::size_t{1} << 16> above;
  asm volatile("" : : "r"(above.data()) : "memory");
  work();
  asm volatile("" : : "r"(above.data()) : "memory");
}

class OwnStack {
 public:
  void run(const std::function<void()>& work) {
    std::ranges::fill(octets_, 0);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    ASSERT_EQ(pthread_attr_setstack(&attributes, octets_.data(), octets_.size()), 0);
    const auto start = [](void* function) -> void* {
      run_deep_down(*static_cast<const std::function<void()>*>(function));
      return nullptr;
    };
    pthread_t thread{};
    ASSERT_EQ(pthread_create(&thread, &attributes, start, const_cast<std::function<void()>*>(&work)), 0);
    ASSERT_EQ(pthread_join(thread, nullptr), 0);
    pthread_attr_destroy(&attributes);
  }

  bool holds(ByteView secret) const {
    return std::search(octets_.begin(), octets_.end(), secret.begin(), secret.end()) != octets_.end();
  }

 private:
  alignas(64) static inline ByteArray<std::size_t{1} << 18> octets_;
};

struct Named {
  std::string name;
  Bytes octets;
};

// A key as the SHA instructions see it: words the other way round, and each pad of the HMAC over them.
std::vector<Named> with_forms(const std::string& name, ByteView key) {
  Bytes swapped(key.begin(), key.end());
  for (std::size_t i = 0; i < swapped.size(); i += 4) std::reverse(&swapped[i], &swapped[i] + 4);
  std::vector<Named> forms{{name, Bytes(key.begin(), key.end())}, {name + " swapped", swapped}};
  for (const unsigned pad : {0x36U, 0x5CU}) {
    for (std::size_t form : {0U, 1U}) {
      Bytes padded = forms[form].octets;
      for (std::uint8_t& octet : padded) octet = static_cast<std::uint8_t>(octet ^ pad);
      forms.push_back({forms[form].name + " padded", padded});
    }
  }
  return forms;
}

struct Subject {
  Block k, opc;
  PlainRand rand;
};

std::vector<Subject> subjects() {
  std::vector<Subject> made(11);
  std::uint8_t next = 1;
  for (Subject& subject : made) {
    for (Block* block : {&subject.k, &subject.opc, &subject.rand.octets}) {
      for (std::uint8_t& octet : *block) octet = next = static_cast<std::uint8_t>(next * 5 + 13);
      (*block)[0] = static_cast<std::uint8_t>(&subject - made.data());
      (*block)[8] = static_cast<std::uint8_t>(block == &subject.k ? 77 : block == &subject.opc ? 78 : 79);
    }
  }
  return made;
}

std::vector<Named> secrets_of(const Subject& subject, const EpsQuantities& made) {
  const auto f = Milenage(Secret(subject.k), Secret(subject.opc)).f2345(subject.rand);
  std::vector<Named> secrets{{"K", Bytes(subject.k.begin(), subject.k.end())},
                             {"OPc", Bytes(subject.opc.begin(), subject.opc.end())},
                             {"RAND", Bytes(subject.rand.octets.begin(), subject.rand.octets.end())}};
  for (const auto& [name, key] : {std::pair("CK", ByteView(f.ck)), std::pair("IK", ByteView(f.ik)),
                                  std::pair("KASME", ByteView(made.kasme).first(16)),
                                  std::pair("KASME", ByteView(made.kasme).last(16))}) {
    std::ranges::move(with_forms(name, key), std::back_inserter(secrets));
  }
  return secrets;
}

class DeadStack : public testing::TestWithParam<crypto::CpuCrypto> {
 protected:
  void SetUp() override {
#ifdef SIMBIONT_ASAN
    GTEST_SKIP() << "ASan lays stacks out in its own way";
#endif
  }
  crypto::RestrictCpu restriction_{GetParam()};
  OwnStack stack_;
};
INSTANTIATE_TEST_SUITE_P(With, DeadStack, testing::Values(crypto::CpuCrypto{true, true}, crypto::CpuCrypto{}),
                         [](const auto& with) { return with.param.aes ? "instructions" : "library"; });

TEST_P(DeadStack, holds_no_secret_of_a_batch) {
  const auto all = subjects();
  std::vector<EpsQuantities> made(all.size());
  for (std::size_t count = 1; count <= all.size(); ++count) {
    std::vector<EpsOrder> orders;
    for (std::size_t i = 0; i < count; ++i) {
      orders.push_back({all[i].k.data(), all[i].opc.data(), &all[i].rand, Sqn::make(i, 1), {}, {}});
    }
    stack_.run([&] { make_eps_quantities(orders, std::span(made).first(count)); });
    for (std::size_t i = 0; i < count; ++i) {
      for (const Named& secret : secrets_of(all[i], made[i])) {
        EXPECT_FALSE(stack_.holds(secret.octets)) << secret.name << " of " << i + 1 << " in " << count;
      }
    }
  }
}

// The search finds what is there: the same work without the wiping, a copy left behind.
TEST_P(DeadStack, is_searched_well_enough_to_find_a_key_left_there) {
  const auto all = subjects();
  stack_.run([&] {
    Block left = all[0].k;
    asm volatile("" : : "r"(left.data()) : "memory");  // the compiler must believe that it is read
  });
  EXPECT_TRUE(stack_.holds(all[0].k));
}

}  // namespace
}  // namespace simbiont::aka
