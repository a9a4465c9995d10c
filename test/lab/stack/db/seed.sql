insert into usage_summaries values ('public', 'acme-001', 'up', 42, '{31,35,38,40,44,42,47}');
insert into ticket_summaries values ('public', 'acme-001', 2, '[{"id":"T-101","subject":"Export is slow"},{"id":"T-98","subject":"SSO setup"}]');
insert into contracts values ('public', 'acme-001', '2027-03-31', 120000);
