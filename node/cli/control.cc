#include "node/cli/control.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include <fmt/format.h>

namespace syncline {
namespace {

constexpr size_t kRequestBytesMax = 128u << 20;  // an import's chunk, a transaction's file
constexpr int kServedMax = 64;

bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool send_line(int connection, const nlohmann::json& message) {
  return send_all(connection,
                  message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// Reads lines; nothing at the end or beyond the bound.
class LineReader {
 public:
  explicit LineReader(int connection) : connection_(connection) {}
  std::optional<std::string> next() {
    for (;;) {
      if (const size_t end = buffer_.find('\n', scanned_); end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        scanned_ = 0;
        return line;
      }
      scanned_ = buffer_.size();
      if (buffer_.size() > kRequestBytesMax) return std::nullopt;
      char chunk[65536];
      const ssize_t got = ::recv(connection_, chunk, sizeof(chunk), 0);
      if (got <= 0) return std::nullopt;
      buffer_.append(chunk, static_cast<size_t>(got));
    }
  }

 private:
  int connection_;
  std::string buffer_;
  size_t scanned_ = 0;
};

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

std::optional<ErrorCode> code_named(std::string_view name) {
#define SYNCLINE_ERROR(enumerator, number, exit_code, text_name, text) \
  if (name == text_name) return ErrorCode::enumerator;
#include "syncline/error_codes.def"
#undef SYNCLINE_ERROR
  return std::nullopt;
}

}  // namespace

std::optional<int> connect_control(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return std::nullopt;
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return std::nullopt;
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) == 0)
    return connection;
  ::close(connection);
  return std::nullopt;
}

Result<int> ask_daemon(int connection, const Request& request, const Output& output) {
  struct Closer {
    int connection;
    ~Closer() { ::close(connection); }
  } closer{connection};
  if (!send_line(connection, request))
    return fail(ErrorCode::kUnreachable, "the daemon closed the connection");
  LineReader reader(connection);
  while (std::optional<std::string> line = reader.next()) {
    const nlohmann::json message = nlohmann::json::parse(*line, nullptr, false);
    if (!message.is_object())
      return fail(ErrorCode::kInternal, "the daemon answered something that is not JSON");
    if (message.contains("out")) {
      if (!output.line(message["out"].get<std::string>())) return 0;
    } else if (message.contains("note")) {
      output.note(message["note"].get<std::string>());
    } else if (message.contains("exit")) {
      return message["exit"].get<int>();
    } else if (message.contains("error")) {
      const auto code = code_named(message["error"].value("code", ""));
      return fail(code.value_or(ErrorCode::kInternal), message["error"].value("message", ""));
    }
  }
  return fail(ErrorCode::kUnreachable, "the daemon ended before it answered");
}

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::string& path,
                                                            Handler* handler) {
  const auto address = address_of(path);
  if (!address)
    return fail(
        ErrorCode::kUsage,
        fmt::format(
            "{}: the path is too long for a local socket (107 bytes); use a shorter directory",
            path));
  if (auto other = connect_control(path)) {
    ::close(*other);
    return fail(ErrorCode::kStoreInUse, fmt::format("another daemon answers on {}", path));
  }
  ::unlink(path.c_str());
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const mode_t before = ::umask(0177);
  const bool bound = socket >= 0 && ::bind(socket, reinterpret_cast<const sockaddr*>(&*address),
                                           sizeof(*address)) == 0;
  ::umask(before);
  if (!bound || ::listen(socket, kServedMax) != 0) {
    const std::string why = std::strerror(errno);
    if (socket >= 0) ::close(socket);
    return fail(ErrorCode::kIo, fmt::format("{} cannot be listened on: {}", path, why));
  }
  return std::unique_ptr<ControlServer>(new ControlServer(path, socket, handler));
}

ControlServer::ControlServer(std::string path, int socket, Handler* handler)
    : path_(std::move(path)),
      socket_(socket),
      handler_(handler),
      accepting_([this] { accept_loop(); }) {}

ControlServer::~ControlServer() {
  stopping_ = true;
  ::shutdown(socket_, SHUT_RDWR);
  if (accepting_.joinable()) accepting_.join();
  ::close(socket_);
  ::unlink(path_.c_str());
  {
    std::lock_guard lock(mutex_);
    for (int connection : open_) ::shutdown(connection, SHUT_RDWR);
  }
  while (int left = serving_.load()) serving_.wait(left);
}

void ControlServer::accept_loop() {
  while (!stopping_) {
    const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) {
      if (stopping_) return;
      pollfd wait{socket_, POLLIN, 0};
      ::poll(&wait, 1, 100);
      continue;
    }
    if (serving_ >= kServedMax) {
      send_line(connection,
                {{"error",
                  {{"code", "too_large"},
                   {"message", "the daemon serves all the commands it can; try again"}}}});
      ::close(connection);
      continue;
    }
    ++serving_;
    {
      std::lock_guard lock(mutex_);
      open_.insert(connection);
    }
    std::thread([this, connection] {
      serve(connection);
      {
        std::lock_guard lock(mutex_);
        open_.erase(connection);
      }
      ::close(connection);
      --serving_;
      serving_.notify_all();
    }).detach();
  }
}

void ControlServer::serve(int connection) {
  LineReader reader(connection);
  std::optional<std::string> line = reader.next();
  if (!line) return;
  const Request request = Request::parse(*line, nullptr, false);
  if (!request.is_object()) {
    send_line(connection,
              {{"error",
                {{"code", "usage"}, {"message", "a request must be a JSON object on one line"}}}});
    return;
  }
  // Notes may come from another thread than lines.
  std::mutex sending;
  const auto send = [&](const nlohmann::json& message) {
    std::lock_guard lock(sending);
    return send_line(connection, message);
  };
  Output output;
  output.open = [connection] {
    pollfd gone{connection, POLLRDHUP, 0};
    return ::poll(&gone, 1, 0) == 0;
  };
  output.line = [&](const std::string& text) {
    // The other side going away shows as a readable socket at its end.
    pollfd gone{connection, POLLRDHUP, 0};
    if (::poll(&gone, 1, 0) > 0) return false;
    return send({{"out", text}});
  };
  output.note = [&](const std::string& text) { send({{"note", text}}); };
  Result<int> exit = 0;
  try {
    exit = handler_->handle(request, output);
  } catch (const nlohmann::json::exception& error) {
    exit =
        fail(ErrorCode::kUsage, fmt::format("a request that no command makes: {}", error.what()));
  }
  if (exit) {
    send_line(connection, {{"exit", *exit}});
  } else {
    send_line(
        connection,
        {{"error", {{"code", name_of(exit.error().code)}, {"message", exit.error().message}}}});
  }
}

}  // namespace syncline
