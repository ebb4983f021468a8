// simbiont-usim: a UICC in software, in vpcd's virtual reader.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/digits.h"
#include "base/secret_input.h"
#include "base/usage.h"
#include "card/card_file.h"
#include "card/serve.h"
#include "usim/milenage.h"
#include "usim/tuak.h"

namespace {

using namespace simbiont;

constexpr int done = 0, refused = 1, usage = 2;

struct Parsed {
  std::string card = "./simbiont-usim.card", vpcd = "127.0.0.1:35963";
  std::string imsi, iccid, algorithm = "milenage", k, opc, op, pin, puk;
  unsigned mnc_digits = 2;
  std::uint64_t seq = 0, delta = 1ULL << 28, age_limit = 0;
  std::function<Status()> run;
};

// The check digit of ISO/IEC 7812, behind 18 digits made of the IMSI.
std::string iccid_of(const std::string& imsi) {
  std::string digits = "890" + std::string(15 - std::min<std::size_t>(imsi.size(), 15), '0') + imsi;
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    sum += i % 2 == 0 ? digit * 2 / 10 + digit * 2 % 10 : digit;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

// Nothing said, nothing read. what: the flag, for messages.
Result<Secret> read_key(const char* what, const std::string& from) {
  if (from.empty()) return Secret();
  auto digits = read_hex(from, false);
  if (!digits) return error(digits.error().code, std::string("--") + what + ": " + digits.error().message);
  auto key = Secret::from_hex(*digits);
  zeroise_text(*digits);
  if (!key) return error(Errc::invalid_argument, std::string("--") + what + ": a key has 16 or 32 octets");
  return key;
}

// --opc as it is, or OPc (TOPc) of --op and K.
Result<Secret> operator_key(const Parsed& parsed, const usim::Profile& profile) {
  if (!parsed.opc.empty() && !parsed.op.empty())
    return error(Errc::invalid_argument, "either --opc or --op is wanted");
  if (parsed.op.empty()) return read_key("opc", parsed.opc);
  auto op = read_key("op", parsed.op);
  if (!op) return op;
  usim::Profile with_op = profile;
  with_op.opc = *op;
  if (!keys_fit(with_op)) return error(Errc::invalid_argument, "--op: K or OP (TOP) has the wrong size");
  return profile.algorithm == usim::Algorithm::tuak ? usim::Tuak::topc(profile.k, *op)
                                                    : usim::Milenage::opc(profile.k, *op);
}

Result<Secret> read_code(const char* what, const std::string& from, std::string_view standard) {
  if (from.empty()) return usim::Pin::padded(standard);
  const auto digits = read_pin(from);
  auto code = digits ? usim::Pin::padded(as_text(digits->reveal())) : Result<Secret>(digits.error());
  if (!code) return error(code.error().code, std::string("--") + what + ": " + code.error().message);
  return code;
}

Status init(const Parsed& parsed) {
  usim::CardData card;
  const auto algorithm = usim::algorithm(parsed.algorithm);
  card.profile = {
      parsed.imsi, {}, {}, parsed.delta, parsed.age_limit, algorithm.value_or(usim::Algorithm::milenage)};
  card.mnc_digits = parsed.mnc_digits;
  card.iccid = parsed.iccid.empty() ? iccid_of(parsed.imsi) : parsed.iccid;
  card.accepted_seq.fill(parsed.seq);
  const auto sources = {parsed.k, parsed.opc, parsed.op, parsed.pin, parsed.puk};
  if (std::count(sources.begin(), sources.end(), "-") > 1)
    return error(Errc::invalid_argument, "one value only can come from standard input (-)");
  auto k = read_key("k", parsed.k);
  if (!k) return k.error();
  card.profile.k = *std::move(k);
  auto opc = operator_key(parsed, card.profile);
  if (!opc) return opc.error();
  card.profile.opc = *std::move(opc);
  auto pin = read_code("pin", parsed.pin, "0000");
  if (!pin) return pin.error();
  auto puk = read_code("puk", parsed.puk, "00000000");
  if (!puk) return puk.error();
  card.pin1.value = *std::move(pin);
  card.pin1.puk = *std::move(puk);
  card.pin1.enabled = !parsed.pin.empty();
  return card::create_card(parsed.card, card);
}

Status show(const Parsed& parsed) {
  const auto card = card::read_card(parsed.card);
  if (!card) return card.error();
  const nlohmann::ordered_json out = {
      {"imsi", card->profile.imsi},
      {"iccid", card->iccid},
      {"algorithm", usim::name(card->profile.algorithm)},
      {"highest_seq", *std::max_element(card->accepted_seq.begin(), card->accepted_seq.end())},
      {"pin_enabled", card->pin1.enabled},
      {"pin_tries", card->pin1.tries},
      {"files_written", card->written.size()}};
  std::cout << out.dump(2) << '\n';
  return {};
}

void options(CLI::App& app, Parsed& p, const sigset_t& signals) {
  app.add_option("--card", p.card, "the card (default ./simbiont-usim.card)");
  app.add_option("--vpcd", p.vpcd, "the virtual reader, ADDRESS:PORT (default 127.0.0.1:35963)");
  app.set_version_flag("--version", "simbiont-usim " SIMBIONT_VERSION);
  p.run = [&] { return card::serve(p.card, p.vpcd, signals); };
  CLI::App* make = app.add_subcommand("init", "makes a card")->fallthrough();
  make->callback([&p] { p.run = [&p] { return init(p); }; });
  make->add_option("--imsi", p.imsi, "6 to 15 digits")->required();
  make->add_option("--iccid", p.iccid, "19 or 20 digits (default: made of the IMSI)");
  make->add_option("--mnc-digits", p.mnc_digits, "digits of the home network's MNC (default 2)")
      ->check(CLI::Range(2, 3));
  make->add_option("--algorithm", p.algorithm, "milenage (default), tuak, xor")
      ->check(CLI::IsMember({"milenage", "tuak", "xor"}));
  make->add_option("--k", p.k, "K in hexadecimal digits: @FILE or -")->required();
  make->add_option("--opc", p.opc, "OPc, or TOPc of TUAK: @FILE or -");
  make->add_option("--op", p.op, "OP, or TOP: @FILE or -");
  make->add_option("--pin", p.pin, "PIN 1, asked for from now on: @FILE or -");
  make->add_option("--puk", p.puk, "its PUK: @FILE or - (default 00000000)");
  make->add_option("--seq", p.seq, "highest SEQ accepted so far (default 0)");
  make->add_option("--delta", p.delta, "how far SEQ may jump; 0: as far as it likes (default 2^28)");
  make->add_option("--age-limit", p.age_limit, "how far SEQ may lag; 0: as far as it likes (default)");
  CLI::App* tell = app.add_subcommand("show", "what the card is, without its keys")->fallthrough();
  tell->callback([&p] { p.run = [&p] { return show(p); }; });
  app.require_subcommand(0, 1);
}

int finish(const Status& status) {
  if (status) return done;
  std::cerr << "simbiont-usim: " << status.error().message << '\n';
  return status.error().code == Errc::invalid_argument ? usage : refused;
}

int parse_and_run(int argc, char** argv, const sigset_t& signals) {
  Parsed parsed;
  CLI::App app("Simbiont's UICC in software: a USIM in vpcd's virtual reader", "simbiont-usim");
  options(app, parsed, signals);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    if (wrong.get_exit_code() == 0) {
      (void)app.exit(wrong);  // --help, --version
      return done;
    }
    std::cerr << "simbiont-usim: " << usage_problem(wrong.get_name(), wrong.what(), app.remaining(true))
              << "\nRun with --help for more information.\n";
    return usage;
  }
  return finish(parsed.run());
}

}  // namespace

int main(int argc, char** argv) {
  card::harden();
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  try {
    return parse_and_run(argc, argv, signals);
  } catch (const std::exception& unexpected) {
    std::cerr << "simbiont-usim: " << unexpected.what() << '\n';
    return refused;
  }
}
