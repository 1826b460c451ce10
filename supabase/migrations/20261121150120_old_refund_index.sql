-- A payment may have several refunds of ours now; dropped while the table stays in use.
drop index concurrently if exists private.refunds_ours_once;
