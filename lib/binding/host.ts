/** The platform and architecture of this process. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** Read by destructuring: bundlers replace the expression `process.platform` with the platform that they build on or for. */
export function host(): Host {
  const { platform, arch } = process;
  return { platform, arch };
}
