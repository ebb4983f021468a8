// Small files that hold a secret: who may read them, and how they come to be.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::crypto {

// At most out.size() octets of a regular file that nobody but its owner can read, or that is a service
// manager's credential; how many there are. not_found, refused, io. `what` names it in errors: "key file".
Result<std::size_t> read_secret_file(const std::string& path, std::string_view what,
                                     std::span<std::uint8_t> out);
// A new file of mode 0600, synced with its directory; already_exists when there is one.
Status write_secret_file(const std::string& path, std::string_view what, std::string_view text);
Status sync_directory_of(const std::string& path);

}  // namespace simbiont::crypto
