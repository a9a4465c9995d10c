create table usage_summaries (
  owner_user_id text not null, company_external_id text not null,
  trend text not null, avg_daily_users integer not null, sparkline integer[] not null,
  primary key (owner_user_id, company_external_id)
);
create table ticket_summaries (
  owner_user_id text not null, company_external_id text not null,
  open_tickets integer not null, recent_tickets json not null,
  primary key (owner_user_id, company_external_id)
);
create table contracts (
  owner_user_id text not null, company_external_id text not null,
  renewal_date date not null, arr integer not null,
  primary key (owner_user_id, company_external_id)
);
