#include "native/io/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace atome::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = std::size_t{1} << 20;  // bytes per read or write call

std::string reason(int error) { return std::generic_category().message(error); }

// What a user can do about the commonest reasons; empty for the others.
std::string advice(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
            return " (free some space or write to another disk)";
        case EFBIG:
            return " (raise the limit on file sizes, see ulimit -f)";
        case EACCES:
        case EPERM:
        case EROFS:
            return " (choose a place that you may write to)";
        default:
            return "";
    }
}

// Owns a file descriptor; close() reports what the destructor would swallow.
class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }
    // 0 or an errno. Delayed allocation may report a full disk only here.
    int close() {
        const int fd = fd_;
        fd_ = -1;
        return ::close(fd) == 0 ? 0 : errno;
    }

  private:
    int fd_;
};

// Removes a file at the end of its scope unless told to keep it.
class Temporary {
  public:
    explicit Temporary(std::string path) : path_(std::move(path)) {}
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    ~Temporary() {
        if (!kept_) ::unlink(path_.c_str());
    }
    void keep() { kept_ = true; }

  private:
    std::string path_;
    bool kept_ = false;
};

// 0 or an errno.
int write_all(int fd, std::span<const uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), std::min(bytes.size(), kChunk));
        if (n < 0) {
            if (errno == EINTR) continue;
            return errno;
        }
        if (n == 0) return EIO;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

// 0 or an errno. File systems without fsync (EINVAL, ENOTSUP) are no error.
int sync_descriptor(int fd) {
    while (::fsync(fd) != 0) {
        if (errno == EINTR) continue;
        return errno == EINVAL || errno == ENOTSUP || errno == EROFS ? 0 : errno;
    }
    return 0;
}

// Where the bytes end up, so that a link stays a link. One that leads to nothing yet is followed too.
std::string behind_links(const std::string& path) {
    constexpr int kMaxLinks = 40;  // Linux's own bound
    fs::path target = path;
    std::error_code error;
    for (int links = 0; fs::is_symlink(target, error); ++links) {
        const fs::path next = fs::read_symlink(target, error);
        if (error) fail(path, "cannot be followed: " + error.message());
        if (links == kMaxLinks) fail(path, "is a link that leads to itself (remove it)");
        target = target.parent_path() / next;
    }
    return target.string();
}

void write_in_place(const std::string& path, std::span<const uint8_t> bytes) {
    Descriptor out(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!out.valid()) fail(path, "cannot be opened for writing: " + reason(errno) + advice(errno));
    int error = write_all(out.get(), bytes);
    if (error == 0) error = out.close();
    if (error != 0) fail(path, "cannot be written: " + reason(error) + advice(error));
}

// What a path leads to, so far as writing is concerned. Fails for a path that cannot be one of a file.
struct Output {
    bool exists = false;
    bool in_place = false;  // a device or a pipe: a rename would put a plain file in its place
    mode_t mode = 0;        // permission bits, where it exists
    std::string target;     // the file itself, behind links
    std::string folder;     // where it lies

    explicit Output(const std::string& path) {
        if (path.empty()) throw Failure("the output file has no name (give one)");
        struct stat info {};
        exists = ::stat(path.c_str(), &info) == 0;
        mode = info.st_mode & 07777;
        if (exists && S_ISDIR(info.st_mode)) fail(path, "is a directory (give a file name)");
        in_place = exists && !S_ISREG(info.st_mode);
        if (in_place) return;
        target = behind_links(path);
        if (target.back() == '/') fail(path, "names a folder that does not exist (give a file name)");
        folder = fs::path(target).parent_path().string();
        if (folder.empty()) folder = ".";
    }
};

// Temporary files are named after what they become, so that the next writer of the same file can tell those
// that a killed one has left. A live writer holds a lock (flock, which ends with the process) on its own for
// as long as it has that name. Where there are no locks, nothing is removed.
constexpr std::string_view kTemporaryEnd = ".tmp";

std::string temporary_start(const std::string& target) {
    constexpr std::size_t kMostOfName = 200;  // leaves room in the 255 bytes that a name may have
    return "." + fs::path(target).filename().string().substr(0, kMostOfName) + ".atome-";
}

// A new empty file, locked, with a name no other process or thread uses; -1 and errno where there is none.
int create_temporary(const Output& output, std::string* name) {
    static std::atomic<unsigned> counter{0};
    const std::string start =
        output.folder + "/" + temporary_start(output.target) + std::to_string(::getpid()) + "-";
    for (int attempt = 0; attempt < 1000; ++attempt) {
        *name = start + std::to_string(++counter);
        name->append(kTemporaryEnd);
        const int fd = ::open(name->c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST) continue;
        if (fd < 0) return fd;
        const bool locked = ::flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (locked ? still_names(*name, fd) : errno != EWOULDBLOCK) return fd;
        // Before it was locked, somebody took it for one that a killed writer has left, and removes it.
        ::close(fd);
    }
    errno = EEXIST;
    return -1;
}

bool is_temporary(std::string_view name, std::string_view start) {
    if (name.size() <= start.size() + kTemporaryEnd.size() || !name.starts_with(start)) return false;
    name.remove_prefix(start.size());
    return name.find_first_not_of("0123456789-") == name.size() - kTemporaryEnd.size() &&
           name.ends_with(kTemporaryEnd);
}

void remove_unless_locked(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    // Its writer may have renamed it since: then the lock is free, and the name another's or nobody's.
    if (file.valid() && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 && still_names(path, file.get()))
        ::unlink(path.c_str());
}

// Those that killed writers of the same file have left.
void remove_stale_temporaries(const Output& output) {
    const std::string start = temporary_start(output.target);
    std::error_code error;
    fs::directory_iterator entry(output.folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
        if (is_temporary(entry->path().filename().string(), start))
            remove_unless_locked(entry->path().string());
}

// create_temporary(), or a Failure that names `path`.
int create_beside(const Output& output, const std::string& path, std::string* name) {
    remove_stale_temporaries(output);
    const int fd = create_temporary(output, name);
    if (fd < 0) {
        const int error = errno;
        const bool missing = error == ENOENT || error == ENOTDIR;
        fail(path, "cannot be written: " + (missing ? output.folder + " is not a folder (create it first)"
                                                    : reason(error) + advice(error)));
    }
    return fd;
}

template <class Container>
Container read_whole(const std::string& path, uint64_t max_bytes) {
    Descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in.valid()) fail(path, "cannot be opened: " + reason(errno));
    struct stat info {};
    if (::fstat(in.get(), &info) != 0) fail(path, "cannot be read: " + reason(errno));
    if (S_ISDIR(info.st_mode)) fail(path, "is a directory (give a file)");
    const auto too_large = [&] {
        fail(path, "is larger than the limit of " + std::to_string(max_bytes) + " bytes");
    };
    const uint64_t expected = S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
    if (expected > max_bytes) too_large();

    // The size is a hint only: the file may grow meanwhile, and pipes have none. One byte more than
    // expected lets the end be seen without another buffer.
    Container bytes;
    std::size_t used = 0;
    for (;;) {
        if (used == bytes.size())
            bytes.resize(used + std::max<std::size_t>(used == 0 ? expected + 1 : 0, kChunk / 16) + used / 2);
        const ssize_t n = ::read(in.get(), bytes.data() + used, std::min(bytes.size() - used, kChunk));
        if (n < 0) {
            if (errno == EINTR) continue;
            fail(path, "cannot be read: " + reason(errno));
        }
        if (n == 0) break;
        used += static_cast<std::size_t>(n);
        if (used > max_bytes) too_large();
    }
    bytes.resize(used);
    return bytes;
}

}  // namespace

std::vector<uint8_t> read_file(const std::string& path, uint64_t max_bytes) {
    return read_whole<std::vector<uint8_t>>(path, max_bytes);
}

std::string read_text(const std::string& path, uint64_t max_bytes) {
    return read_whole<std::string>(path, max_bytes);
}

void write_file_atomic(const std::string& path, std::span<const uint8_t> bytes) {
    const Output output(path);
    if (output.in_place) return write_in_place(path, bytes);
    std::string name;
    Descriptor out(create_beside(output, path, &name));
    Temporary temporary(name);
    // Keeps the lock until the file has its own name; close() may have an error to tell before.
    const Descriptor lock(::fcntl(out.get(), F_DUPFD_CLOEXEC, 0));
    int error = lock.valid() ? 0 : errno;
    if (error == 0) error = write_all(out.get(), bytes);
    if (error == 0 && output.exists && ::fchmod(out.get(), output.mode) != 0) error = errno;
    if (error == 0) error = sync_descriptor(out.get());
    if (error == 0) error = out.close();
    if (error == 0 && ::rename(name.c_str(), output.target.c_str()) != 0) error = errno;
    if (error != 0) fail(path, "cannot be written: " + reason(error) + advice(error));
    temporary.keep();

    // Without this a power cut may undo the rename. The new file is in place already, so only a real
    // input/output error is worth a report.
    const Descriptor parent(::open(output.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (parent.valid() && sync_descriptor(parent.get()) == EIO)
        fail(output.folder, "cannot be flushed: " + reason(EIO));
}

void require_writable(const std::string& path) {
    const Output output(path);
    if (output.in_place) return;
    std::string name;
    const Descriptor out(create_beside(output, path, &name));
    const Temporary removed(name);
}

std::string beside(const std::string& path, const std::string& word) {
    const fs::path p(path);
    return (p.parent_path() / p.stem()).string() + "." + word + p.extension().string();
}

std::optional<std::string> keep_previous(const std::string& path) {
    const Output output(path);
    if (!output.exists || output.in_place) return std::nullopt;
    for (unsigned n = 1;; ++n) {
        const std::string name = beside(path, n == 1 ? "previous" : "previous-" + std::to_string(n));
        if (::link(output.target.c_str(), name.c_str()) == 0) return name;
        struct stat info {};
        if (errno == EEXIST || ::lstat(name.c_str(), &info) == 0) continue;
        // No hard links here, or another disk.
        write_file_atomic(name, read_file(path));
        return name;
    }
}

std::string file_behind(const std::string& path) { return Output(path).target; }

bool still_names(const std::string& path, int fd) {
    struct stat open {
    }, named{};
    return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

void write_file_atomic(const std::string& path, std::string_view text) {
    write_file_atomic(path, std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

bool same_file(const std::string& a, const std::string& b) {
    struct stat first {};
    struct stat second {};
    const bool has_first = ::stat(a.c_str(), &first) == 0;
    const bool has_second = ::stat(b.c_str(), &second) == 0;
    if (has_first && has_second) return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
    if (has_first != has_second) return false;
    std::error_code error_a;
    std::error_code error_b;
    const fs::path full_a = fs::weakly_canonical(fs::absolute(a, error_a), error_a).lexically_normal();
    const fs::path full_b = fs::weakly_canonical(fs::absolute(b, error_b), error_b).lexically_normal();
    if (error_a || error_b) return a == b;
    return full_a == full_b;
}

}  // namespace atome::cli
