#include "cli/chunk_reader.h"

#include <sys/stat.h>

#include "admin/api.h"
#include "admin/json.h"
#include "base/csv.h"

namespace simbiont::cli {

Result<ChunkReader> ChunkReader::open(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return error(Errc::not_found, "cannot read " + path);
  if (!S_ISREG(about.st_mode)) return error(Errc::invalid_argument, path + " is not a regular file");
  ChunkReader reader(path, static_cast<std::uint64_t>(about.st_size));
  if (!reader.file_) return error(Errc::io, "cannot read " + path);
  return reader;
}

ChunkReader ChunkReader::over(std::string_view text, std::string name) {
  ChunkReader reader({}, text.size());
  reader.path_ = std::move(name);
  reader.text_ = text;
  return reader;
}

ChunkReader::ChunkReader(std::string path, std::uint64_t size)
    : path_(std::move(path)), file_(path_, std::ios::binary), size_(size) {}

ChunkReader::~ChunkReader() {
  admin::erase(pending_);
  admin::erase(chunk_);
}

std::size_t ChunkReader::read(char* into, std::size_t size) {
  if (!text_) {
    file_.read(into, static_cast<std::streamsize>(size));
    return static_cast<std::size_t>(file_.gcount());
  }
  const std::size_t taken = text_->copy(into, size, text_at_);
  text_at_ += taken;
  return taken;
}

Result<const std::string*> ChunkReader::next() {
  const std::size_t kept = pending_.size();
  pending_.resize(admin::max_chunk);
  const std::size_t fresh = read(pending_.data() + kept, pending_.size() - kept);
  if (!text_ && file_.bad()) return error(Errc::io, "cannot read " + path_);
  pending_.resize(kept + fresh);
  const bool at_end = pending_.size() < admin::max_chunk;
  std::size_t taken = csv::complete_prefix(pending_, position_ == 0);
  if (at_end) taken = pending_.size();
  if (taken == 0 && !at_end) return error(Errc::invalid_argument, path_ + " has no line end for a megabyte");
  chunk_.assign(pending_, 0, taken);
  pending_.erase(0, taken);
  position_ += taken;
  return &chunk_;
}

Status ChunkReader::rewind() {
  pending_.clear();
  position_ = 0;
  text_at_ = 0;
  if (text_) return {};
  file_.clear();
  file_.seekg(0);
  if (!file_) return error(Errc::io, "cannot read " + path_ + " a second time");
  return {};
}

}  // namespace simbiont::cli
