import { Option, type Command } from "commander";
import { connection, examples, output, repeatable, stackOption } from "../flags.ts";
import type { Declared } from "../program.ts";

/** `cscp db`, the group of commands about the database. */
export function declareDb(db: Command, declared: Declared): void {
  db.addHelpText("after", examples("cscp db check --stack cs-copilot-backend", "cscp db check --env DATABASE_URL"));
  declareDbCheck(db.command("check"), declared);
}

/** `cscp db check`. */
function declareDbCheck(check: Command, { set, surroundings }: Declared): void {
  check
    .description("connect to a database stage by stage; judge its URL, the drivers that read it, and the server")
    .argument("[url]", "the URL, or - for standard input; a password here is seen by others (default: of --stack)")
    .option("--env <variable>", "variable that holds the URL, of the environment or else of .env")
    .option("--dotenv <file>", "file of variables, read in place of the environment and .env")
    .addOption(stackOption())
    .addOption(new Option("--stack-name <name>", "the same as --stack").hideHelp())
    .addOption(repeatable("--function <name>", "look only at the databases of this function of the stack"))
    .addOption(repeatable("--driver <name[@version]>", "driver that will read the URL, pg8000@1.30.5 for example"))
    .addOption(repeatable("--table <name>", "table that must be there"))
    .option("--no-connect", "judge the URL and the drivers only");
  connection(check);
  output(check, ["text", "json"], false);
  check
    .addHelpText(
      "after",
      examples(
        "cscp db check --stack cs-copilot-backend",
        "cscp db check --stack cs-copilot-backend --function GetCustomerUsage -o json",
        "cscp db check --env DATABASE_URL --driver pg8000@1.30.5",
        "cscp db check - < url.txt",
        "cscp db check postgresql://app@db.example.com/copilot --no-connect",
      ),
    )
    .action((url, flags) =>
      set(import("../commands/db-check.ts").then((command) => command.dbCheck(url, flags, surroundings))),
    );
}
