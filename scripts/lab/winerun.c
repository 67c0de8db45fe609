/*
 * winerun.exe: runs a Windows program under Wine with Windows pipes as its standard streams.
 *
 *   winerun.exe PROGRAM.EXE ARGUMENTS...    the exit code is the program's
 *   winerun.exe --hold                      keeps Wine's services running until it is ended
 *
 * Wine hands the Unix pipes and sockets that it inherits to the program as they are, and libuv refuses those: it wants
 * to set the mode of a Windows named pipe. So each such stream gets a Windows pipe, and a thread here copies between
 * the two. Files, consoles and /dev/null pass through untouched.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdio.h>
#include <wchar.h>

enum {
  PIPE_BYTES = 65536,
  /* What is left of the program's own children may still write for this long after it has ended. */
  LINGER_MS = 2000,
  EXIT_NOT_STARTED = 126,
  EXIT_CODE_TOO_LARGE = 134,
};

typedef struct {
  HANDLE source;
  HANDLE target;
  /* The one of the two that is the Windows pipe. */
  HANDLE pipe;
} Copy;

static DWORD WINAPI copy_stream(void *parameter) {
  Copy *copy = parameter;
  char bytes[PIPE_BYTES];
  DWORD count;
  BOOL writable = TRUE;
  while (writable && ReadFile(copy->source, bytes, sizeof bytes, &count, NULL) && count > 0) {
    DWORD written;
    for (DWORD done = 0; writable && done < count; done += written)
      writable = WriteFile(copy->target, bytes + done, count - done, &written, NULL);
  }
  /* A program whose reader has gone sees a broken pipe, one whose writer has gone the end of its input. */
  CloseHandle(copy->pipe);
  return 0;
}

/* Gives the child its own pipe in place of `stream` when that is a Unix pipe or socket. Returns the copying thread. */
static HANDLE replace_pipe(HANDLE stream, BOOL is_input, Copy *copy, HANDLE *childs) {
  SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
  HANDLE reader, writer;
  *childs = stream;
  if (GetFileType(stream) != FILE_TYPE_PIPE || !CreatePipe(&reader, &writer, &inheritable, PIPE_BYTES)) return NULL;
  SetHandleInformation(is_input ? writer : reader, HANDLE_FLAG_INHERIT, 0);
  *childs = is_input ? reader : writer;
  copy->source = is_input ? stream : reader;
  copy->target = is_input ? writer : stream;
  copy->pipe = is_input ? writer : reader;
  return CreateThread(NULL, 0, copy_stream, copy, 0, NULL);
}

/* The command line behind this program's own name, with the quoting that the caller chose. */
static wchar_t *arguments(void) {
  wchar_t *text = GetCommandLineW();
  wchar_t end = L' ';
  if (*text == L'"') {
    end = L'"';
    ++text;
  }
  while (*text && *text != end) ++text;
  if (*text == L'"') ++text;
  while (*text == L' ') ++text;
  return text;
}

/* Ending this process, in whatever way, ends the program and its children with it. */
static HANDLE create_job(void) {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {0};
  HANDLE job = CreateJobObjectW(NULL, NULL);
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  return job;
}

static DWORD run(wchar_t *command_line) {
  static Copy input, output, error;
  STARTUPINFOW startup = {.cb = sizeof startup};
  PROCESS_INFORMATION child;
  HANDLE job = create_job();
  HANDLE outputs[2];
  DWORD output_count = 0;
  DWORD code;

  startup.dwFlags = STARTF_USESTDHANDLES;
  replace_pipe(GetStdHandle(STD_INPUT_HANDLE), TRUE, &input, &startup.hStdInput);
  if ((outputs[output_count] = replace_pipe(GetStdHandle(STD_OUTPUT_HANDLE), FALSE, &output, &startup.hStdOutput)))
    ++output_count;
  if ((outputs[output_count] = replace_pipe(GetStdHandle(STD_ERROR_HANDLE), FALSE, &error, &startup.hStdError)))
    ++output_count;

  if (!CreateProcessW(NULL, command_line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &child)) {
    fprintf(stderr, "winerun: cannot start %ls: Win32 error %lu\n", command_line, GetLastError());
    return EXIT_NOT_STARTED;
  }
  AssignProcessToJobObject(job, child.hProcess);
  /* Only the program and its children may hold the writing ends, or the copies would never see the end. */
  if (input.pipe) CloseHandle(startup.hStdInput);
  if (output.pipe) CloseHandle(startup.hStdOutput);
  if (error.pipe) CloseHandle(startup.hStdError);
  ResumeThread(child.hThread);

  WaitForSingleObject(child.hProcess, INFINITE);
  GetExitCodeProcess(child.hProcess, &code);
  if (output_count && WaitForMultipleObjects(output_count, outputs, TRUE, LINGER_MS) == WAIT_TIMEOUT) {
    TerminateJobObject(job, 1);
    WaitForMultipleObjects(output_count, outputs, TRUE, INFINITE);
  }
  return code;
}

int wmain(void) {
  wchar_t *command_line = arguments();
  if (wcscmp(command_line, L"--hold") == 0) Sleep(INFINITE);
  DWORD code = run(command_line);
  if (code > 255) {
    /* Unix keeps 8 bits: 0xC0000005 would look like 5, and 0x80000100 like success. */
    fprintf(stderr, "winerun: exit code 0x%08lx\n", code);
    code = EXIT_CODE_TOO_LARGE;
  }
  ExitProcess(code);
}
