// Windows 8 and later, built by mingw-w64 or Clang.
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602
#endif
#include "../system.h"

#include <windows.h>

#include <vector>

namespace mmt {

namespace {

// The libraries of which libtorch_cpu takes what GetProcAddress does not find in itself.
const wchar_t* const kCompanions[] = {L"c10.dll", L"torch.dll", L"torch_cuda.dll"};

std::wstring wide(const char* text) {
  int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, nullptr, 0);
  std::vector<wchar_t> room(static_cast<size_t>(length > 0 ? length : 1));
  MultiByteToWideChar(CP_UTF8, 0, text, -1, room.data(), length);
  return room.data();
}

std::string words_of(DWORD code) {
  wchar_t room[512];
  DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, nullptr, code, 0, room, 512, nullptr);
  while (length > 0 && (room[length - 1] == L'\n' || room[length - 1] == L'\r' || room[length - 1] == L'.')) {
    --length;
  }
  int bytes = WideCharToMultiByte(CP_UTF8, 0, room, static_cast<int>(length), nullptr, 0, nullptr, nullptr);
  std::string text(static_cast<size_t>(bytes), '\0');
  WideCharToMultiByte(CP_UTF8, 0, room, static_cast<int>(length), text.data(), bytes, nullptr, nullptr);
  return text.empty() ? "error " + std::to_string(code) : text;
}

bool explained(bool done, std::string* reason) {
  if (!done) {
    *reason = words_of(GetLastError());
  }
  return done;
}

}  // namespace

// Windows has no global symbols: libraries name those that they take theirs from.
bool open_library(const char* path, bool, std::string* reason) {
  // What the library needs lies in its own folder, or is open already under the same name.
  return explained(LoadLibraryExW(wide(path).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH) != nullptr, reason);
}

void* opened_library(const char* path) { return GetModuleHandleW(wide(path).c_str()); }

void* library_of(void* function) {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                     static_cast<const wchar_t*>(function), &module);
  return module;
}

void* symbol(void* library, const char* name) {
  FARPROC found = GetProcAddress(static_cast<HMODULE>(library), name);
  for (const wchar_t* companion : kCompanions) {
    HMODULE module = found == nullptr ? GetModuleHandleW(companion) : nullptr;
    found = module == nullptr ? found : GetProcAddress(module, name);
  }
  return reinterpret_cast<void*>(found);
}

// The block of the process, and not the C library's copy of it, which is another one in each C library.
bool set_default_variable(const char* name, const char* value, std::string* reason) {
  std::wstring key = wide(name);
  bool absent = GetEnvironmentVariableW(key.c_str(), nullptr, 0) == 0 && GetLastError() == ERROR_ENVVAR_NOT_FOUND;
  return !absent || explained(SetEnvironmentVariableW(key.c_str(), wide(value).c_str()) != 0, reason);
}

bool unset_variable(const char* name, std::string* reason) {
  bool done = SetEnvironmentVariableW(wide(name).c_str(), nullptr) != 0 || GetLastError() == ERROR_ENVVAR_NOT_FOUND;
  return explained(done, reason);
}

Stack stack_of_this_thread() {
  ULONG_PTR low = 0;
  ULONG_PTR high = 0;
  GetCurrentThreadStackLimits(&low, &high);
  return {low, high - low};
}

bool threads_are_limited() { return false; }

bool map_file(const char* path, FileView* out, std::string* reason) {
  HANDLE file = CreateFileW(wide(path).c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                            OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return explained(false, reason);
  }
  LARGE_INTEGER size{};
  if (GetFileType(file) != FILE_TYPE_DISK || GetFileSizeEx(file, &size) == 0) {
    CloseHandle(file);
    *reason = "it is not a regular file";
    return false;
  }
  bool done = true;
  if (size.QuadPart > 0) {
    HANDLE section = CreateFileMappingW(file, nullptr, PAGE_WRITECOPY, 0, 0, nullptr);
    out->start = section == nullptr ? nullptr : static_cast<char*>(MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0));
    done = explained(out->start != nullptr, reason);
    if (section != nullptr) {
      CloseHandle(section);
    }
  }
  out->size = size.QuadPart;
  CloseHandle(file);
  return done;
}

void unmap_file(const FileView& view) {
  if (view.size > 0) {
    UnmapViewOfFile(view.start);
  }
}

}  // namespace mmt
