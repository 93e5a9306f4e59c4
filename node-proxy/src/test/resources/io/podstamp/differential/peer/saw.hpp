// Writes down what a server's application saw, as peer.py does; each peer of C++ includes it.
#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

inline std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (unsigned char c : text) {
    char escape[8];
    std::snprintf(escape, sizeof escape, c < 0x20 || c >= 0x7f || c == '"' || c == '\\' ? "\\u%04x" : "%c", c);
    out += escape;
  }
  return out + "\"";
}

inline std::string text(const char* text) { return text ? text : ""; }

// headers: name, value, name, value…
inline void saw(const std::string& client, const std::string& method, const std::string& target, const std::vector<std::string>& headers) {
  static const int log = open("seen.json", O_WRONLY | O_APPEND | O_CREAT, 0644);
  std::string line = "{\"client\":" + quoted(client.empty() ? "0.0.0.0" : client) + ",\"method\":" + quoted(method) +
                     ",\"target\":" + quoted(target) + ",\"headers\":[";
  for (size_t i = 0; i < headers.size(); i++) line += (i ? "," : "") + quoted(headers[i]);
  line += "]}\n";
  if (write(log, line.data(), line.size()) < 0) _exit(1);
}
