// What an APDU takes through PC/SC: bench_apdu READER COUNT APDU... sends the commands in turn, COUNT rounds,
// and prints the median and the 99th percentile of the last one in microseconds.
#include <winscard.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace {

using simbiont::Bytes;

bool send(SCARDHANDLE card, const Bytes& command) {
  Bytes response(258);
  DWORD size = response.size();
  return SCardTransmit(card, SCARD_PCI_T0, command.data(), command.size(), nullptr, response.data(), &size) ==
         SCARD_S_SUCCESS;
}

std::int64_t microseconds(std::chrono::steady_clock::duration spent) {
  return std::chrono::duration_cast<std::chrono::microseconds>(spent).count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  std::vector<Bytes> commands;
  for (int i = 3; i < argc; ++i) {
    auto command = simbiont::from_hex(argv[i]);
    if (!command) return 2;
    commands.push_back(*std::move(command));
  }
  SCARDCONTEXT context = 0;
  SCARDHANDLE card = 0;
  DWORD protocol = 0;
  if (SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context) != SCARD_S_SUCCESS ||
      SCardConnect(context, argv[1], SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, &card,
                   &protocol) != SCARD_S_SUCCESS)
    return 1;
  std::vector<std::int64_t> spent;
  for (int round = std::stoi(argv[2]); round > 0; --round) {
    for (const Bytes& command : commands) {
      const auto start = std::chrono::steady_clock::now();
      if (!send(card, command)) return 1;
      if (&command == &commands.back())
        spent.push_back(microseconds(std::chrono::steady_clock::now() - start));
    }
  }
  std::sort(spent.begin(), spent.end());
  std::cout << spent[spent.size() / 2] << ' ' << spent[spent.size() * 99 / 100] << '\n';
  SCardDisconnect(card, SCARD_LEAVE_CARD);
  SCardReleaseContext(context);
}
