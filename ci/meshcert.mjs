#!/usr/bin/env node
// Plain JavaScript, because a Node that can't run TypeScript must still be able to say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 15)) {
  process.stderr.write(
    `meshcert needs Node 24.15 or newer, this is ${process.version}. \`npm ci\` installs one beside the project: ` +
      'start through `npx meshcert …` or `npm run …`, which use it.\n',
  )
  process.exitCode = 64
} else {
  await import('./cli.ts')
}
