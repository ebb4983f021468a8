#include "usim/file_system.h"

#include <algorithm>

namespace simbiont::usim {

FileSystem::Index FileSystem::add_directory(Index parent, std::uint16_t id, Kind kind) {
  File file;
  file.id = id;
  file.kind = kind;
  file.parent = parent;
  files_.push_back(file);
  return files_.size() - 1;
}

FileSystem::Index FileSystem::add(Index parent, const Ef& ef, Bytes content) {
  const Kind kind = ef.record_size == 0 ? Kind::transparent : Kind::linear;
  files_.push_back({ef.id, kind, ef.sfi, ef.read, ef.update, ef.record_size, parent, contents_.size()});
  contents_.push_back(std::move(content));
  names_.push_back(path_of(files_.size() - 1));
  return files_.size() - 1;
}

void FileSystem::add_twin(Index parent, std::uint16_t id, Index of) {
  File twin = files_[of];
  twin.id = id;
  twin.parent = parent;
  twin.sfi = 0;
  files_.push_back(twin);
}

std::string FileSystem::path_of(Index file) const {
  ByteArray<2> id{};
  store_be(files_[file].id, id);
  const std::string own = to_hex(id);
  return file == mf ? own : path_of(files_[file].parent) + '/' + own;
}

std::size_t FileSystem::count(Index directory, bool directories) const {
  return static_cast<std::size_t>(std::count_if(files_.begin() + 1, files_.end(), [&](const File& file) {
    return file.parent == directory && is_directory(file.kind) == directories;
  }));
}

std::optional<FileSystem::Index> FileSystem::child(Index directory, std::uint16_t id) const {
  for (Index i = mf + 1; i < files_.size(); ++i)
    if (files_[i].parent == directory && files_[i].id == id && files_[i].kind != Kind::application) return i;
  return std::nullopt;
}

std::optional<FileSystem::Index> FileSystem::with_sfi(Index directory, std::uint8_t sfi) const {
  for (Index i = mf + 1; i < files_.size(); ++i)
    if (files_[i].parent == directory && files_[i].sfi == sfi && !is_directory(files_[i].kind)) return i;
  return std::nullopt;
}

std::optional<FileSystem::Index> FileSystem::visible(Index current, std::optional<Index> application,
                                                     std::uint16_t id) const {
  if (id == mf_id) return mf;
  if (id == adf_id) return application;
  if (const auto found = child(current, id)) return found;
  const Index parent = files_[current].parent;
  if (id == files_[current].id) return current;
  if (id == files_[parent].id) return parent;
  const auto sibling = child(parent, id);
  return sibling && is_directory(files_[*sibling].kind) ? sibling : std::nullopt;
}

std::optional<FileSystem::Index> FileSystem::by_path(Index start, std::optional<Index> application,
                                                     ByteView path) const {
  if (path.empty() || path.size() % 2 != 0) return std::nullopt;
  std::optional<Index> at = start;
  for (std::size_t i = 0; at && i < path.size(); i += 2) {
    const auto id = static_cast<std::uint16_t>(load_be(path.subspan(i, 2)));
    at = i == 0 && id == adf_id ? application : child(*at, id);
  }
  return at;
}

std::optional<FileSystem::Index> FileSystem::application(ByteView aid) const {
  if (aid.size() < 5 || aid.size() > aid_.size() || !std::equal(aid.begin(), aid.end(), aid_.begin()))
    return std::nullopt;
  const auto at = std::find_if(files_.begin(), files_.end(),
                               [](const File& file) { return file.kind == Kind::application; });
  return static_cast<Index>(at - files_.begin());
}

}  // namespace simbiont::usim
