#include "card/card_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/digits.h"

namespace simbiont::card {
namespace {

using nlohmann::json;
using usim::CardData;

constexpr std::size_t max_size = 1 << 20;
constexpr int version = 1;

Error failed(const std::string& path, const char* what) {
  const Errc code = errno == EEXIST ? Errc::already_exists : errno == ENOENT ? Errc::not_found : Errc::io;
  return error(code, path + ": " + what + ": " + std::generic_category().message(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// A string that held keys.
struct Wiped {
  std::string text;
  explicit Wiped(std::string t) : text(std::move(t)) {}
  Wiped(Wiped&&) = default;
  Wiped& operator=(Wiped&&) = delete;
  ~Wiped() { zeroise_text(text); }
};

json to_json(const CardData& card) {
  json written = json::object();
  for (const auto& [name, content] : card.written) written[name] = to_hex(content);
  return {{"version", version},
          {"imsi", card.profile.imsi},
          {"iccid", card.iccid},
          {"mnc_digits", card.mnc_digits},
          {"algorithm", name(card.profile.algorithm)},
          {"k", to_hex(card.profile.k.reveal())},
          {"opc", to_hex(card.profile.opc.reveal())},
          {"delta", card.profile.delta},
          {"age_limit", card.profile.age_limit},
          {"seq", card.accepted_seq},
          {"pin",
           {{"value", to_hex(card.pin1.value.reveal())},
            {"puk", to_hex(card.pin1.puk.reveal())},
            {"enabled", card.pin1.enabled},
            {"tries", card.pin1.tries},
            {"puk_tries", card.pin1.puk_tries}}},
          {"gba", {{"ks", to_hex(card.gba.ks.reveal())}, {"rand", to_hex(card.gba.rand)}}},
          {"written", std::move(written)}};
}

Secret secret_of(const json& hex) {
  const auto& text = hex.get_ref<const std::string&>();
  if (text.empty()) return {};
  auto secret = Secret::from_hex(text);
  if (!secret) throw std::invalid_argument("a key");
  return *std::move(secret);
}

Bytes octets_of(const json& hex) {
  auto octets = from_hex(hex.get_ref<const std::string&>());
  if (!octets) throw std::invalid_argument("octets");
  return *std::move(octets);
}

usim::Pin pin_of(const json& file) {
  return {secret_of(file.at("value")), secret_of(file.at("puk")), file.at("enabled").get<bool>(),
          file.at("tries").get<std::uint8_t>(), file.at("puk_tries").get<std::uint8_t>()};
}

// Throws what json throws, or invalid_argument.
CardData from_json(const json& file) {
  if (file.at("version").get<int>() != version) throw std::invalid_argument("version");
  const auto algorithm = usim::algorithm(file.at("algorithm").get_ref<const std::string&>());
  if (!algorithm) throw std::invalid_argument("algorithm");
  CardData card;
  card.profile = {file.at("imsi").get<std::string>(),
                  secret_of(file.at("k")),
                  secret_of(file.at("opc")),
                  file.at("delta").get<std::uint64_t>(),
                  file.at("age_limit").get<std::uint64_t>(),
                  *algorithm};
  card.iccid = file.at("iccid").get<std::string>();
  card.mnc_digits = file.at("mnc_digits").get<unsigned>();
  card.accepted_seq = file.at("seq").get<std::array<std::uint64_t, usim::ind_count>>();
  card.pin1 = pin_of(file.at("pin"));
  card.gba.ks = secret_of(file.at("gba").at("ks"));
  const Bytes rand = octets_of(file.at("gba").at("rand"));
  if (rand.size() != card.gba.rand.size()) throw std::invalid_argument("RAND");
  std::copy(rand.begin(), rand.end(), card.gba.rand.begin());
  for (const auto& [name, content] : file.at("written").items()) card.written[name] = octets_of(content);
  return card;
}

Status write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return error(Errc::io, std::generic_category().message(errno));
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return {};
}

Status write_file(const std::string& path, int flags, const CardData& card) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
  if (file.get() < 0) return failed(path, "cannot write the card");
  const Wiped text{to_json(card).dump(1) + '\n'};
  const Status wrote = write_all(file.get(), text.text);
  if (!wrote) return error(wrote.error().code, path + ": cannot write the card: " + wrote.error().message);
  if (::fsync(file.get()) != 0) return failed(path, "cannot write the card");
  return {};
}

Status sync_directory(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return failed(directory, "cannot sync the directory");
  return {};
}

Result<Wiped> read_text(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return failed(path, "cannot open the card");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failed(path, "cannot inspect the card");
  if (!S_ISREG(info.st_mode) || (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return error(Errc::refused, path + ": a card must be a regular file with mode 0600 or stricter");
  if (static_cast<std::size_t>(info.st_size) > max_size)
    return error(Errc::corrupt, path + ": too large for a card");
  Wiped out{std::string(static_cast<std::size_t>(info.st_size), '\0')};
  for (std::size_t at = 0; at < out.text.size();) {
    const ssize_t got = ::read(file.get(), out.text.data() + at, out.text.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return error(Errc::io, path + ": cannot read the card");
    at += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace

Status check_card(const CardData& card) {
  const auto bad = [](const char* what) { return error(Errc::invalid_argument, what); };
  if (!Imsi::parse(card.profile.imsi)) return bad("the IMSI has 6 to 15 digits");
  if (card.mnc_digits != 2 && card.mnc_digits != 3) return bad("an MNC has 2 or 3 digits");
  if (!all_digits(card.iccid) || card.iccid.size() < 19 || card.iccid.size() > 20)
    return bad("the ICCID has 19 or 20 digits");
  if (!keys_fit(card.profile))
    return bad(
        "keys: Milenage wants K and OPc of 16 octets, TUAK K of 16 or 32 and TOPc of 32, XOR K of 16 alone");
  if (card.pin1.value.size() != 8 || card.pin1.puk.size() != 8 || card.pin1.tries > usim::Pin::max_tries ||
      card.pin1.puk_tries > usim::Pin::max_puk_tries)
    return bad("PIN and PUK have 8 octets, and no more tries than 3 and 10");
  if (!card.gba.ks.empty() && card.gba.ks.size() != 32) return bad("Ks has 32 octets");
  return {};
}

Status create_card(const std::string& path, const CardData& card) {
  if (Status fit = check_card(card); !fit) return fit;
  Status wrote = write_file(path, O_EXCL, card);
  return wrote ? sync_directory(path) : wrote;
}

Status write_card(const std::string& path, const CardData& card) {
  const std::string fresh = path + ".new";
  Status wrote = write_file(fresh, O_TRUNC, card);
  if (!wrote) return wrote;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed(path, "cannot replace the card");
  return sync_directory(path);
}

Result<CardData> read_card(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  try {
    CardData card = from_json(json::parse(text->text));
    if (const Status fit = check_card(card); !fit)
      return error(Errc::corrupt, path + ": " + fit.error().message);
    return card;
  } catch (const std::exception&) {
    // The exception may quote the file, and the file has keys.
    return error(Errc::corrupt, path + ": not a card of simbiont-usim");
  }
}

}  // namespace simbiont::card
