// What a Postgres server says whose lc_messages is German, French or Spanish (its translations, src/backend/po); what
// libpq itself says is in the language of the function's environment, which in Lambda is English.
import { signature } from "../signature.ts";

export const translatedSignatures = [
  signature({
    id: "pg-translated-missing-relation",
    patterns: [
      /(?:Relation|Spalte|Schema) »(?<relation>[^»«\n]{1,200})« existiert nicht/,
      /la (?:relation|colonne) «(?<relation>[^»«\n]{1,200})» n'existe pas/,
      /le schéma «(?<relation>[^»«\n]{1,200})» n'existe pas/,
      /no existe (?:la relación|la columna|el esquema) «(?<relation>[^»«\n]{1,200})»/,
    ],
    causes: ["schema-missing", "role-or-db-missing"],
    decides: "the tables of the database that the function is connected to",
    matches: [
      "FEHLER:  Relation »kunden« existiert nicht",
      "ERREUR:  la relation « clients » n'existe pas",
      "ERREUR:  le schéma « ventes » n'existe pas",
      "ERROR:  no existe la relación «clientes»",
    ],
    misses: ["Datei »kunden.csv« existiert nicht"],
  }),
  signature({
    id: "pg-translated-missing-role",
    patterns: [
      /(?:Datenbank|Rolle) »(?<name>[^»«\n]{1,200})« existiert nicht/,
      /(?:la base de données|le rôle) «(?<name>[^»«\n]{1,200})» n'existe pas/,
      /no existe (?:la base de datos|el rol) «(?<name>[^»«\n]{1,200})»/,
    ],
    causes: ["role-or-db-missing", "database-url-malformed"],
    decides: "the user and the name of the database in the URL",
    matches: [
      "FATAL:  Datenbank »app« existiert nicht",
      "FATAL:  le rôle « app » n'existe pas",
      "FATAL:  no existe el rol «app»",
    ],
    misses: ["Rolle »Leser« existiert bereits"],
  }),
  signature({
    id: "pg-translated-authentication",
    patterns: [
      // Before the sign-in the server writes in its own encoding, of which the letters that are no ASCII come out broken.
      /Passwort-Authentifizierung f.{1,2}r Benutzer [^\n]{1,200} fehlgeschlagen/,
      /authentification par mot de passe .{1,2}chou.{1,2}e pour l'utilisateur/,
      /la autentificaci.{1,2}n password fall.{1,2} para el usuario/,
    ],
    causes: ["auth-failed"],
    decides: "the user and password that the function uses, and when the secret was last rotated",
    matches: [
      "FATAL:  Passwort-Authentifizierung für Benutzer »app« fehlgeschlagen",
      "FATAL:  authentification par mot de passe échouée pour l'utilisateur  « app »",
      "FATAL:  la autentificación password falló para el usuario «app»",
      "FATAL:  authentification par mot de passe \ufffdchou\ufffde pour l'utilisateur  \ufffd app \ufffd",
    ],
    misses: ["Passwort-Authentifizierung aktiv"],
  }),
  signature({
    id: "pg-translated-no-hba-entry",
    patterns: [
      /kein pg_hba\.conf-Eintrag für/,
      /aucune entrée dans pg_hba\.conf pour/,
      /no hay una línea en pg_hba\.conf para/,
    ],
    causes: (_, { text }) =>
      /keine Verschlüsselung|SSL aus|aucun chiffrement|SSL inactif|sin cifrado|SSL inactivo/.test(text)
        ? ["tls-required"]
        : ["auth-failed", "tls-required"],
    decides: "sslmode in the URL, and the server's rules for that address",
    matches: [
      "FATAL:  kein pg_hba.conf-Eintrag für Host »10.0.0.9«, Benutzer »app«, Datenbank »app«, keine Verschlüsselung",
      "FATAL:  aucune entrée dans pg_hba.conf pour l'hôte « 10.0.0.9 », utilisateur « app », base de données « app », SSL actif",
      "FATAL:  no hay una línea en pg_hba.conf para «10.0.0.9», usuario «app», base de datos «app», sin cifrado",
    ],
    misses: ["pg_hba.conf-Eintrag geladen"],
  }),
  signature({
    id: "pg-translated-permission",
    patterns: [
      /keine Berechtigung für (?:Tabelle|Schema|Sequenz|Sicht|Funktion) (?<relation>\S+)/,
      /droit refusé pour (?:la table|le schéma|la séquence|la vue|la fonction) (?<relation>\S+)/,
      /permiso denegado (?:a la tabla|al esquema|a la secuencia|a la vista|a la función) (?<relation>\S+)/,
    ],
    causes: ["permission-denied-db"],
    decides: "the privileges of that role on it",
    matches: [
      "FEHLER:  keine Berechtigung für Tabelle kunden",
      "ERREUR:  droit refusé pour la table clients",
      "ERROR:  permiso denegado a la tabla clientes",
    ],
    misses: ["keine Berechtigung für diese Seite"],
  }),
  signature({
    id: "pg-translated-connections",
    patterns: [
      /tut mir leid, schon zu viele Verbindungen/,
      /verbleibenden Verbindungen sind für/,
      /trop de clients sont déjà connectés/,
      /emplacements de connexions restants sont réservés/,
      /ya tenemos demasiados clientes/,
      /las conexiones restantes están reservadas/,
    ],
    causes: ["too-many-connections"],
    decides: "max_connections against the concurrency of the functions and the size of each pool",
    matches: [
      "FATAL:  tut mir leid, schon zu viele Verbindungen",
      "FATAL:  die verbleibenden Verbindungen sind für Superuser auf Nicht-Replikationsverbindungen reserviert",
      "FATAL:  désolé, trop de clients sont déjà connectés",
      "FATAL:  les emplacements de connexions restants sont réservés pour les connexions superutilisateur",
      "FATAL:  las conexiones restantes están reservadas a superusuarios y no de replicación",
      "FATAL:  lo siento, ya tenemos demasiados clientes",
    ],
    misses: ["schon viele Verbindungen aufgebaut"],
  }),
  signature({
    id: "pg-translated-statement-timeout",
    patterns: [
      /storniere Anfrage wegen (?:Zeitüberschreitung|Benutzeraufforderung)/,
      /annulation de la requête à cause du délai/,
      /cancelando la sentencia debido a que se agotó el tiempo/,
    ],
    causes: ["statement-timeout"],
    decides: "statement_timeout and lock_timeout of the role, and the plan of that query",
    matches: [
      "FEHLER:  storniere Anfrage wegen Zeitüberschreitung der Anfrage",
      "ERREUR:  annulation de la requête à cause du délai écoulé pour l'exécution de l'instruction",
      "ERROR:  cancelando la sentencia debido a que se agotó el tiempo de espera de sentencias",
    ],
    misses: ["storniere Anfrage der Kundin"],
  }),
  signature({
    id: "pg-translated-terminated",
    patterns: [
      /Verbindung wird abgebrochen (?:aufgrund von|wegen)/,
      /arrêt des connexions suite à/,
      /terminando la conexión debido a/,
    ],
    causes: ["connection-dropped", "stale-connection-reuse"],
    decides: "what the server's log says of that second: a restart, or a limit for idle sessions",
    matches: [
      "FATAL:  Verbindung wird abgebrochen aufgrund von Anweisung des Administrators",
      "FATAL:  arrêt des connexions suite à la demande de l'administrateur",
      "FATAL:  terminando la conexión debido a una orden del administrador",
    ],
    misses: ["Verbindung wird aufgebaut"],
  }),
  signature({
    id: "pg-translated-prepared-statement",
    patterns: [
      /vorbereitete Anweisung »[^»«\n]{0,200}« existiert (?:nicht|bereits)/,
      /l'instruction préparée «[^»«\n]{0,200}» (?:n'existe pas|existe déjà)/,
      /no existe la sentencia preparada «/,
      /la sentencia preparada «[^»«\n]{0,200}» ya existe/,
    ],
    tier: "proof",
    causes: ["pooler-incompatibility", "stale-connection-reuse"],
    decides: "whether a pooler in transaction mode stands between, and how the driver names its statements",
    matches: [
      "FEHLER:  vorbereitete Anweisung »s0« existiert bereits",
      "ERREUR:  l'instruction préparée « s0 » n'existe pas",
      "ERROR:  no existe la sentencia preparada «s0»",
      "ERROR:  la sentencia preparada «s0» ya existe",
    ],
    misses: ["vorbereitete Anweisung ausgeführt"],
  }),
];
