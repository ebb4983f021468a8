// AES key unwrap, RFC 3394.
#pragma once

#include "me/cmac.h"

namespace simbiont::me {

// size: 24 or 40 octets; out gets 8 fewer. NOT_AUTHENTIC when the initial value is not the standard's.
simbiont_me_status unwrap(Key key, const std::uint8_t* wrapped, std::size_t size, std::uint8_t* out);

}  // namespace simbiont::me
