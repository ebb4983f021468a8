// What every key store keeps to.
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fixture.h"
#include "support/me_oracle.h"

namespace simbiont::test {
namespace {

const Bytes key_1{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
                  0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};
const Bytes key_2(32, 0xb2), transport(32, 0x77);
const Block sample{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

class FileBackend final : public Backend {
 public:
  me::OpenedStore open(const std::string& path) override { return me::open_file_store(path); }
};

struct Stores : ::testing::TestWithParam<BackendParam> {
  void SetUp() override {
    std::string missing;
    backend = GetParam().make(directory.file(""), missing);
    if (backend == nullptr) GTEST_SKIP() << missing;
    reopen();
  }
  void reopen() {
    store.reset();
    auto opened = backend->open(path());
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    store = std::move(*opened);
  }
  std::string path() const { return directory.file("slots"); }
  std::uint32_t import_key(const Bytes& key) {
    const auto handle = store->import_key(key);
    EXPECT_TRUE(handle.ok()) << handle.error().message;
    return handle.ok() ? *handle : 0;
  }
  Block block(std::uint32_t handle, int direction) {
    Block out{};
    const Status done = store->block(handle, direction, sample.data(), out.data());
    EXPECT_TRUE(done.ok()) << done.error().message;
    return out;
  }
  simbiont_me_slot slot(std::uint32_t handle) {
    simbiont_me_slot out{};
    out.epoch = out.floor = 1;
    out.key = handle;
    out.state = SIMBIONT_ME_CURRENT;
    std::strcpy(out.kme, "meter-fleet.1");
    std::strcpy(out.scope, "001010000000001");
    return out;
  }
  TempDir directory;
  std::unique_ptr<Backend> backend;
  std::unique_ptr<me::KeyStore> store;
};

TEST_P(Stores, a_key_computes_the_aes_that_openssl_does_both_ways_and_in_place) {
  for (const Bytes& key : {key_1, key_2}) {
    const std::uint32_t handle = import_key(key);
    EXPECT_EQ(block(handle, SIMBIONT_ME_DECRYPT), aes(key, sample, false));
    EXPECT_EQ(block(handle, SIMBIONT_ME_ENCRYPT), aes(key, sample, true));
    Block same = sample;
    ASSERT_TRUE(store->block(handle, SIMBIONT_ME_DECRYPT, same.data(), same.data()).ok());
    EXPECT_EQ(same, aes(key, sample, false));
  }
}

TEST_P(Stores, slots_and_keys_are_there_again_after_a_restart) {
  const std::uint32_t handle = import_key(key_1);
  ASSERT_TRUE(store->save({slot(handle)}).ok());
  ASSERT_TRUE(store->set_transport_key(transport).ok());
  reopen();
  ASSERT_EQ(store->slots().size(), 1U);
  EXPECT_STREQ(store->slots()[0].kme, "meter-fleet.1");
  EXPECT_EQ(block(store->slots()[0].key, SIMBIONT_ME_DECRYPT), aes(key_1, sample, false));
  EXPECT_EQ(block(store->transport_key(), SIMBIONT_ME_ENCRYPT), aes(transport, sample, true));
}

TEST_P(Stores, a_key_that_nothing_refers_to_is_gone_after_a_restart) {
  const std::uint32_t handle = import_key(key_1);
  const std::uint32_t orphan = import_key(key_2);
  ASSERT_TRUE(store->save({slot(handle)}).ok());
  reopen();
  Block out{};
  EXPECT_TRUE(store->block(handle, SIMBIONT_ME_DECRYPT, sample.data(), out.data()).ok());
  EXPECT_FALSE(store->block(orphan, SIMBIONT_ME_DECRYPT, sample.data(), out.data()).ok());
}

TEST_P(Stores, an_erased_key_is_gone_and_its_handle_does_not_come_back) {
  const std::uint32_t handle = import_key(key_1);
  ASSERT_TRUE(store->erase_key(handle).ok());
  Block out{};
  EXPECT_FALSE(store->block(handle, SIMBIONT_ME_DECRYPT, sample.data(), out.data()).ok());
  EXPECT_FALSE(store->erase_key(handle).ok());
  EXPECT_NE(import_key(key_2), handle);
}

TEST_P(Stores, no_key_stands_in_a_file_of_the_store) {
  ASSERT_TRUE(store->save({slot(import_key(key_1))}).ok());
  store.reset();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.file(""))) {
    if (!entry.is_regular_file()) continue;
    ++files;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(content.find(as_text(key_1)), std::string::npos) << entry.path();
  }
  EXPECT_GE(files, 2U);
}

TEST_P(Stores, the_library_runs_on_it_update_and_restart_included) {
  ASSERT_TRUE(store->set_transport_key(transport).ok());
  ASSERT_TRUE(store->save({slot(import_key(key_1))}).ok());
  std::vector<std::uint64_t> memory((SIMBIONT_ME_CONTEXT_SIZE(4) + 7) / 8);
  simbiont_me* me = nullptr;
  const auto start = [&] {
    simbiont_me_config config{};
    config.abi = SIMBIONT_ME_ABI;
    config.transport_key = store->transport_key();
    std::strcpy(config.imei, "49015420323751");
    config.keys = store->callbacks();
    ASSERT_EQ(simbiont_me_init(memory.data(), memory.size() * 8, &config, &me), SIMBIONT_ME_OK);
    ASSERT_EQ(simbiont_me_load(me, store->slots().data(), store->slots().size()), SIMBIONT_ME_OK);
    ASSERT_EQ(simbiont_me_set_imsi(me, "001010000000001"), SIMBIONT_ME_OK);
  };
  start();
  SlotUpdate update;
  update.key = Bytes(16, 0xc3);
  const Bytes octets = update.sealed(transport);
  ASSERT_EQ(simbiont_me_update(me, octets.data(), octets.size()), SIMBIONT_ME_OK) << store->last_error();
  reopen();
  start();
  Bytes apdu = *from_hex("008800812210" + to_hex(sample) + "10" + std::string(32, 'e'));
  simbiont_me_exchange exchange{};
  ASSERT_EQ(simbiont_me_apdu_command(me, &exchange, apdu.data(), apdu.size()), SIMBIONT_ME_OK);
  EXPECT_EQ(to_hex({apdu.data() + 6, 16}), to_hex(aes(update.key, sample, false)));
  simbiont_me_next next{};
  ASSERT_EQ(simbiont_me_apdu_response(me, &exchange, apdu.data(), apdu.size(), 0x9000, &next),
            SIMBIONT_ME_OK);
  reopen();
  EXPECT_EQ(store->slots().at(0).state, SIMBIONT_ME_PREVIOUS);
  EXPECT_EQ(store->slots().at(1).state, SIMBIONT_ME_CURRENT);
}

TEST_P(Stores, a_second_process_and_another_kind_are_refused) {
  EXPECT_EQ(backend->open(path()).error().code, Errc::unavailable);
  store.reset();
  if (std::string(GetParam().name) != "file") {
    EXPECT_EQ(me::open_file_store(path()).error().code, Errc::refused);
  }
}

TEST_P(Stores, a_changed_file_and_a_key_for_all_to_read_are_refused) {
  ASSERT_TRUE(store->save({slot(import_key(key_1))}).ok());
  store.reset();
  ASSERT_EQ(::chmod((path() + ".key").c_str(), 0640), 0);
  EXPECT_EQ(backend->open(path()).error().code, Errc::refused);
  ASSERT_EQ(::chmod((path() + ".key").c_str(), 0600), 0);
  std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(40);
  const auto octet = static_cast<char>(file.get() ^ 1);
  file.seekp(40);
  file.put(octet);
  file.close();
  EXPECT_EQ(backend->open(path()).error().code, Errc::corrupt);
}

struct StateFiles : ::testing::Test {
  Bytes content() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void put(ByteView octets, const std::string& at) const {
    std::ofstream(at, std::ios::binary | std::ios::trunc)
        .write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  }
  Errc refusal() const {
    const auto opened = me::open_file_store(path);
    return opened ? Errc::not_found : opened.error().code;
  }
  TempDir directory;
  const std::string path = directory.file("slots");
};

TEST_F(StateFiles, every_cut_and_every_changed_octet_is_corrupt) {
  ASSERT_TRUE(me::open_file_store(path).ok());
  const Bytes whole = content();
  ASSERT_GT(whole.size(), 40U);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    put(ByteView(whole).first(i), path);
    ASSERT_EQ(refusal(), Errc::corrupt) << "cut at " << i;
    Bytes changed = whole;
    changed[i] ^= 0x40;
    put(changed, path);
    ASSERT_EQ(refusal(), Errc::corrupt) << "octet " << i;
  }
  put(whole, path);
  EXPECT_TRUE(me::open_file_store(path).ok());
}

TEST_F(StateFiles, a_key_file_that_a_loss_of_power_cut_short_is_made_anew_while_there_is_no_store) {
  put({}, path + ".key");
  ASSERT_EQ(::chmod((path + ".key").c_str(), 0600), 0);
  ASSERT_TRUE(me::open_file_store(path).ok());
  put({}, path + ".key");
  EXPECT_EQ(refusal(), Errc::corrupt) << "with a store it would be the end of its keys";
}

TEST_F(StateFiles, a_longer_file_that_happens_to_have_the_keys_name_is_left_alone) {
  put(Bytes(1000, 7), path + ".key");
  ASSERT_EQ(::chmod((path + ".key").c_str(), 0600), 0);
  EXPECT_EQ(refusal(), Errc::corrupt);
  EXPECT_EQ(std::filesystem::file_size(path + ".key"), 1000U);
}

TEST_F(StateFiles, what_cannot_be_written_leaves_the_old_state_and_nothing_half_done) {
  const auto opened = me::open_file_store(path);
  ASSERT_TRUE(opened.ok());
  const auto slot_of = [&](std::uint32_t handle, std::uint64_t epoch) {
    simbiont_me_slot out{};
    out.epoch = out.floor = epoch;
    out.key = handle;
    std::strcpy(out.kme, "k");
    std::strcpy(out.scope, "001010000000001");
    return out;
  };
  me::KeyStore& store = **opened;
  ASSERT_TRUE(store.save({slot_of(*store.import_key(key_1), 1)}).ok());
  const Bytes before = content();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit full{before.size() + 8, limit.rlim_max};  // as on a disk with that much room
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto handle = store.import_key(key_2);
  const Status saved = store.save({store.slots()[0], slot_of(*handle, 2)});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_FALSE(saved);
  EXPECT_EQ(store.slots().size(), 1U);
  EXPECT_EQ(content(), before);
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  EXPECT_TRUE(store.save({store.slots()[0], slot_of(*handle, 2)}).ok()) << "once there is room again";
}

INSTANTIATE_TEST_SUITE_P(
    All, Stores,
    ::testing::Values(BackendParam{"file", [](const std::string&,
                                              std::string&) { return std::make_unique<FileBackend>(); }},
                      softhsm_backend(), swtpm_backend("tpm", true), swtpm_backend("tpm_sealed", false)),
    [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace simbiont::test
