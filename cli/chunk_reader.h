// A CSV file as the import wants it: pieces of complete records, the same at every reading.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace simbiont::cli {

class ChunkReader {
 public:
  // An import reads its file twice, so it must be a regular one.
  static Result<ChunkReader> open(const std::string& path);
  // Of a text in memory, which is called `name`; it must outlive the reader.
  static ChunkReader over(std::string_view text, std::string name);
  ChunkReader(ChunkReader&&) = default;
  ~ChunkReader();  // overwrites what it read: it may hold keys

  // At most admin::max_chunk octets; empty at the end. The reference holds until the next call.
  Result<const std::string*> next();
  Status rewind();

  std::uint64_t size() const { return size_; }
  std::uint64_t position() const { return position_; }  // octets given out

 private:
  ChunkReader(std::string path, std::uint64_t size);

  std::size_t read(char* into, std::size_t size);

  std::string path_;
  std::ifstream file_;
  std::optional<std::string_view> text_;
  std::size_t text_at_ = 0;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
  std::string pending_, chunk_;
};

}  // namespace simbiont::cli
