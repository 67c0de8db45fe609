'use strict';
// usage: node make-version-resource.js <out.rc | out.o>
//
// The version of the package, where Windows looks for that of a file (VERSIONINFO). MSVC builds compile the script; for
// MinGW builds, which ask for an object, windres does it here.
const fs = require('node:fs');
const { execFileSync } = require('node:child_process');
const { description, version } = require('../package.json');

const numbers = version.split(/[.-]/).slice(0, 3).join(',');
const strings = {
  FileDescription: description,
  FileVersion: version,
  InternalName: 'sspi',
  LegalCopyright: 'MIT licence',
  OriginalFilename: 'sspi.node',
  ProductName: 'sspi',
  ProductVersion: version,
};
// VOS_NT_WINDOWS32 and VFT_DLL; the language is neutral, in Unicode.
const script = `1 VERSIONINFO
FILEVERSION ${numbers},0
PRODUCTVERSION ${numbers},0
FILEFLAGSMASK 0x3f
FILEFLAGS ${version.includes('-') ? '0x2' : '0x0'}
FILEOS 0x40004
FILETYPE 0x2
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "000004b0"
    BEGIN
${Object.entries(strings)
  .map(([name, value]) => `      VALUE "${name}", "${value.replaceAll('"', '""')}"`)
  .join('\n')}
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x0, 0x4b0
  END
END
`;

const [output] = process.argv.slice(2);
if (output.endsWith('.rc')) {
  fs.writeFileSync(output, script);
} else {
  const windres = process.env.CXX.replace(/g\+\+.*$/, 'windres');
  execFileSync(windres, ['--input-format=rc', '--output-format=coff', '-o', output], { input: script });
}
