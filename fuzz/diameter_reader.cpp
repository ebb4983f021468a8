// A stream of octets cut into messages, their AVPs walked, groups of the table entered.
#include <cstdlib>

#include "diameter/message.h"

namespace {

using namespace simbiont;
using namespace simbiont::diameter;

constexpr int deepest = 8;

void must(bool holds) {
  if (!holds) std::abort();
}

std::size_t walk(ByteView avps, int depth) {
  AvpReader reader(avps);
  std::size_t octets = 0;
  while (const auto avp = reader.next()) {
    must(avp->whole.size() >= avp->data.size() + 8);
    must(avp->whole.data() >= avps.data() &&
         avp->whole.data() + avp->whole.size() <= avps.data() + avps.size());
    octets += avp->whole.size();
    const AvpDef* def = find_avp(avp->code, avp->vendor);
    if (def != nullptr && def->type == AvpType::grouped && depth < deepest) walk(avp->data, depth + 1);
  }
  must(octets <= avps.size());
  must(reader.malformed() == !reader.offender().empty());
  return octets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteView stream(data, size);
  for (Frame frame = next_frame(stream); frame.state == FrameState::complete; frame = next_frame(stream)) {
    must(read_header(frame.message).length == frame.message.size());
    walk(frame.message.subspan(header_size), 0);
    stream = stream.subspan(frame.message.size());
  }
  return 0;
}
