{
  "variables": {
    # 1 when the Windows target is cross-built with MinGW-w64 (make generator, OS forced to win by GYP_DEFINES)
    "is_mingw%": "<!(node -p \"/mingw/.test(process.env.CXX || '') ? 1 : 0\")",
    # 1 where this project builds: a warning that a later compiler invents must not end a user's build
    "is_strict%": "<!(node -p \"process.env.SSPI_STRICT_BUILD ? 1 : 0\")"
  },
  "targets": [
    {
      "target_name": "sspi",
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except"],
      "defines!": ["_HAS_EXCEPTIONS=0"],
      "defines": [
        "NAPI_VERSION=9",
        "NODE_ADDON_API_DISABLE_DEPRECATED",
        # its workers and thread-safe functions, of which nothing is used, would be compiled into every object file
        "NAPI_HAS_THREADS=0",
        # a worker terminated with work pending must not take the process along
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "UNICODE", "_UNICODE", "WINVER=0x0A00", "_WIN32_WINNT=0x0A00"
      ],
      "conditions": [
        ["OS!='win'", {"type": "none"}],
        ["OS=='win'", {
          "sources": [
            "native/addon.cc",
            "native/js/arguments.cc",
            "native/js/context_box.cc",
            "native/js/context_functions.cc",
            "native/js/credential_functions.cc",
            "native/js/exports.cc",
            "native/js/identity_functions.cc",
            "native/js/message_functions.cc",
            "native/js/package_functions.cc",
            "native/js/promise_job.cc",
            "native/js/results.cc",
            "native/js/runtime.cc",
            "native/js/shape.cc",
            "native/lsa/accounts.cc",
            "native/lsa/logon_session.cc",
            "native/sspi/access_token.cc",
            "native/sspi/attributes.cc",
            "native/sspi/auth_identity.cc",
            "native/sspi/claims.cc",
            "native/sspi/context.cc",
            "native/sspi/credential.cc",
            "native/sspi/delegation.cc",
            "native/sspi/handle_calls.cc",
            "native/sspi/impersonation.cc",
            "native/sspi/membership.cc",
            "native/sspi/message.cc",
            "native/sspi/packages.cc",
            "native/sspi/packed_identity.cc",
            "native/sspi/thread_token.cc",
            "native/sspi/timestamp.cc",
            "native/sspi/token.cc",
            "native/sspi/token_information.cc",
            "native/threads/worker_pool.cc"
          ],
          "libraries": ["-lsecur32", "-ladvapi32"],
          "msvs_settings": {
            "VCCLCompilerTool": {
              "ExceptionHandling": 1,
              "AdditionalOptions": [
                "/std:c++17", "/permissive-", "/utf-8",
                # headers that are not ours may warn
                "/external:anglebrackets", "/external:W0", "/analyze:external-",
                # tokens come from strangers, and keys are in the same memory:
                # - an indirect call goes to the beginning of a function or ends the process
                "/guard:cf",
                # - no key is read by way of a bounds check that the processor guesses right
                "/Qspectre",
                # - buffers are guarded where /GS alone sees no need, and known mistakes do not compile
                "/sdl"
              ]
            },
            # /guard:cf needs the table of functions; the rest is what linkers do by themselves today, said once;
            # /Brepro: the same sources give the same bytes
            "VCLinkerTool": {"AdditionalOptions": ["/guard:cf", "/DYNAMICBASE", "/NXCOMPAT", "/Brepro"]}
          }
        }],
        ["OS=='win' and target_arch=='x64'", {
          # returns go where the call came from, by the processor's shadow stack; there is none on ARM64, none for 32 bits
          "msvs_settings": {"VCLinkerTool": {"AdditionalOptions": ["/CETCOMPAT", "/HIGHENTROPYVA"]}}
        }],
        ["OS=='win' and is_strict==1", {
          # node-gyp's list of warnings that Node itself does not want
          "msvs_disabled_warnings!": [4244, 4267, 4351, 4355, 4800],
          "msvs_settings": {"VCCLCompilerTool": {"WarningLevel": 4, "WarnAsError": "true"}}
        }],
        ["OS=='win' and is_mingw==0", {
          "actions": [{
            "action_name": "version_resource",
            "inputs": ["scripts/make-version-resource.js", "package.json"],
            "outputs": ["<(INTERMEDIATE_DIR)/version.rc"],
            "action": ["node", "scripts/make-version-resource.js", "<@(_outputs)"],
            "process_outputs_as_sources": 1
          }]
        }],
        ["OS=='win' and is_mingw==1", {
          # node.lib and the delay-load hook are MSVC's; scripts/make-napi-bind.js generates what stands in for them
          "win_delay_load_hook": "false",
          "libraries/": [["exclude", "\\.lib\"?$"]],
          # half the size, and no slower: the time goes to secur32
          "configurations": {"Release": {"cflags!": ["-O3"], "cflags": ["-Os"]}},
          "cflags": ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-ffunction-sections", "-fdata-sections"],
          "cflags_cc": ["-std=c++17", "-fvisibility=hidden"],
          "cflags_cc!": ["-fno-exceptions"],
          "ldflags": [
            "-static", "-static-libgcc", "-static-libstdc++",
            "-Wl,--gc-sections", "-Wl,--dynamicbase", "-Wl,--nxcompat",
            "-Wl,--exclude-all-symbols", "-Wl,--no-insert-timestamp"
          ],
          "sources": ["native/mingw_runtime.cc"],
          "actions": [{
            "action_name": "napi_bind",
            "inputs": ["scripts/make-napi-bind.js"],
            "outputs": ["<(INTERMEDIATE_DIR)/napi_bind.c"],
            "action": ["node", "scripts/make-napi-bind.js", "<@(_outputs)"],
            "process_outputs_as_sources": 1
          }, {
            "action_name": "version_resource",
            "inputs": ["scripts/make-version-resource.js", "package.json"],
            "outputs": ["<(INTERMEDIATE_DIR)/version.o"],
            "action": ["node", "scripts/make-version-resource.js", "<@(_outputs)"],
            "process_outputs_as_sources": 1
          }]
        }]
      ]
    }
  ]
}
