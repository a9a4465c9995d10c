import type { Shell } from "./shells.ts";

/** What can stand in a place of the command line. */
export type Suggestion =
  | { readonly kind: "words"; readonly words: readonly string[]; readonly several?: boolean }
  | { readonly kind: "file" }
  | { readonly kind: "folder" }
  /** A value that nothing is known of. */
  | { readonly kind: "value" };

export interface FlagWords {
  /** With their dashes: `-o`, `--output`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent for a flag without a value. */
  readonly value?: Suggestion;
  readonly repeatable: boolean;
}

export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly FlagWords[];
  /** What stands behind the flags, in order; the last may stand there again. */
  readonly arguments: readonly Suggestion[];
  /** The commands of a group, `triage` of `logs`. */
  readonly commands: readonly CommandWords[];
}

/** The script that a shell reads to complete `cscp`. Ends with a line break. */
export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      return zshScript(commands);
    case "fish":
      return fishScript(commands);
  }
}

/** A word in single quotes, as every POSIX shell takes it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completes cscp in bash: eval "$(cscp completion bash)"
_cscp_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_cscp_list() {
  local before=""
  [[ $cur == *,* ]] && before="\${cur%,*},"
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "\${cur##*,}"))
}
_cscp_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); }
_cscp_folders() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); }

_cscp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command="" sub="" i
  COMPREPLY=()
  # The equals sign of --flag=value is a word of its own.
  if [[ $cur == = ]]; then
    cur=""
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && continue
    if [[ -z $command ]]; then
      command=\${COMP_WORDS[i]}
    elif [[ -z $sub ]]; then
      sub=\${COMP_WORDS[i]}
    fi
  done
  case $command in
    "")
      _cscp_words ${quoted(`${names} --help --version`)}
      ;;
    help)
      _cscp_words ${quoted(names)}
      ;;
${commands.map(bashCommand).join("")}  esac
}
complete -F _cscp cscp
`;
}

function bashCommand(command: CommandWords): string {
  const { name, commands } = command;
  if (commands.length === 0) return `    ${name})\n${bashBody(command)}      ;;\n`;
  const names = commands.map((inner) => inner.name).join(" ");
  const cases = commands.map((inner) => `        ${inner.name})\n${bashBody(inner)}          ;;\n`);
  return `    ${name})
      case $sub in
${cases.join("")}        *)
          _cscp_words ${quoted(`${names} --help`)}
          ;;
      esac
      ;;
`;
}

function bashBody({ flags, arguments: places }: CommandWords): string {
  const withValue = flags.filter(({ value }) => value !== undefined);
  const cases = withValue.map(
    ({ names, value }) =>
      `        ${names.join(" | ")})\n          ${bashSuggestion(value)}\n          return\n          ;;\n`,
  );
  const all = flags.flatMap((flag) => flag.names).join(" ");
  return `      case $prev in
${cases.join("")}      esac
      if [[ $cur == -* ]]; then _cscp_words ${quoted(all)}; else ${bashSuggestion(places[0])}; fi
`;
}

function bashSuggestion(value: Suggestion | undefined): string {
  switch (value?.kind) {
    case "words":
      return `${value.several === true ? "_cscp_list" : "_cscp_words"} ${quoted(value.words.join(" "))}`;
    case "file":
      return "_cscp_files";
    case "folder":
      return "_cscp_folders";
    case "value":
    case undefined:
      return ":";
  }
}

function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef cscp
# Completes cscp in zsh: cscp completion zsh > "\${fpath[1]}/_cscp"
_cscp() {
  local context state line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[print help]' '(- *)'{-V,--version}'[print the version]' '1: :_cscp_commands' '*:: :->command'
  [[ $state == command ]] || return
  case $words[1] in
    help)
      _arguments '1: :_cscp_commands'
      ;;
${commands.map(zshCommand).join("")}  esac
}
${zshNames("_cscp_commands", commands)}${commands.map(zshGroup).join("")}if [[ $funcstack[1] == _cscp ]]; then _cscp "$@"; else compdef _cscp cscp; fi
`;
}

/** A function that offers the names of commands with what they do. */
function zshNames(name: string, commands: readonly CommandWords[]): string {
  const rows = commands.map((command) => `    ${quoted(`${command.name}:${command.description}`)}\n`);
  return `${name}() {\n  local -a commands=(\n${rows.join("")}  )\n  _describe command commands\n}\n`;
}

/** The function of a command that is a group of others; nothing for any other. */
function zshGroup({ name, commands }: CommandWords): string {
  if (commands.length === 0) return "";
  return `_cscp_${name}() {
  local context state line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[print help]' '1: :_cscp_${name}_commands' '*:: :->command'
  [[ $state == command ]] || return
  case $words[1] in
${commands.map(zshCommand).join("")}  esac
}
${zshNames(`_cscp_${name}_commands`, commands)}`;
}

function zshCommand({ name, flags, arguments: places, commands }: CommandWords): string {
  if (commands.length > 0) return `    ${name})\n      _cscp_${name}\n      ;;\n`;
  const specs = [
    ...flags.map(zshFlag),
    ...places.map((place, index) =>
      quoted(`${index + 1 === places.length ? "*" : String(index + 1)}:${zshSuggestion(place)}`),
    ),
  ];
  return `    ${name})\n      _arguments \\\n        ${specs.join(" \\\n        ")}\n      ;;\n`;
}

function zshFlag({ names, description, value, repeatable }: FlagWords): string {
  const text = description.replaceAll(/[[\]\\]/g, "\\$&");
  const action = value === undefined ? "" : `:${zshSuggestion(value)}`;
  const before = repeatable ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
  const rest = quoted(`[${text}]${action}`);
  return names.length > 1
    ? `${quoted(before)}{${names.join(",")}}${rest}`
    : `${quoted(`${before}${names[0] ?? ""}`)}${rest}`;
}

function zshSuggestion(value: Suggestion): string {
  switch (value.kind) {
    case "words":
      return value.several === true ? ` :_values -s , value ${value.words.join(" ")}` : ` :(${value.words.join(" ")})`;
    case "file":
      return " :_files";
    case "folder":
      return " :_files -/";
    case "value":
      return " : ";
  }
}

function fishScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap((command) => [
    `complete -c cscp -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.description)}`,
    ...fishCommand(command),
  ]);
  return `# Completes cscp in fish: cscp completion fish > ~/.config/fish/completions/cscp.fish
complete -c cscp -f
complete -c cscp -n __fish_use_subcommand -s h -l help -d 'print help'
complete -c cscp -n __fish_use_subcommand -s V -l version -d 'print the version'
complete -c cscp -n __fish_use_subcommand -a help -d 'print help for a command'
complete -c cscp -n '__fish_seen_subcommand_from help' -a ${quoted(names)}
${lines.join("\n")}
`;
}

function fishCommand({ name, flags, arguments: places, commands }: CommandWords): readonly string[] {
  const here = `complete -c cscp -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  const inner = commands.map((command) => command.name).join(" ");
  const open = `complete -c cscp -n ${quoted(`__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${inner}`)}`;
  const words = places.flatMap((place) => (place.kind === "words" ? place.words : []));
  // Of a group only its commands stand there; flags and files are those of the command that follows.
  if (commands.length > 0)
    return commands.flatMap((command) => [
      `${open} -a ${command.name} -d ${quoted(command.description)}`,
      ...fishCommand(command),
    ]);
  return [
    ...(words.length === 0 ? [] : [`${here} -a ${quoted(words.join(" "))}`]),
    ...(places.some(({ kind }) => kind === "file") ? [`${here} -F`] : []),
    ...flags.map((flag) => `${here} ${fishFlag(flag)}`),
  ];
}

function fishFlag({ names, description, value }: FlagWords): string {
  const switches = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...switches, ...fishSuggestion(value), `-d ${quoted(description)}`].join(" ");
}

function fishSuggestion(value: Suggestion | undefined): readonly string[] {
  switch (value?.kind) {
    case "words":
      return value.several === true
        ? [`-x -a ${quoted(`(__fish_append , ${value.words.join(" ")})`)}`]
        : [`-x -a ${quoted(value.words.join(" "))}`];
    case "file":
      return ["-r -F"];
    case "folder":
      return [`-x -a ${quoted("(__fish_complete_directories)")}`];
    case "value":
      return ["-x"];
    case undefined:
      return [];
  }
}
