-- The five roles of a hub's database (DESIGN, Log and ledger). Run by a role that may create roles; a production
-- server's administrator may instead create them once by hand. None has a password here: `caunoi db prepare` gives them
-- those of the operator's pass files, and makes a role for each node; who may log in how is the server's pg_hba.conf.

DO $$
DECLARE
    role record;
BEGIN
    FOR role IN
        SELECT * FROM (VALUES
            ('caunoi_owner', 'NOLOGIN'),   -- owns every object; used only by migrations
            ('caunoi_writer', 'LOGIN'),    -- the hub: INSERT and SELECT on the log
            ('caunoi_eraser', 'LOGIN'),    -- DELETE on bodies and grants
            ('caunoi_follower', 'LOGIN'),  -- projections outside a node: their own schemas, nothing of the hub's
            ('caunoi_relay', 'LOGIN')      -- the Kafka door: SELECT on the log, how far each agency was told
        ) AS roles (name, login)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION',
                               role.name, role.login);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another database of this server was migrated at the same moment
            END;
        END IF;
    END LOOP;
END
$$;

DO $$
BEGIN
    -- Who made a role is not therefore a member of it, and migrations run as the owner.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        EXECUTE format('GRANT caunoi_owner TO %I', current_user);
    END IF;
    EXECUTE format('REVOKE CREATE, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO caunoi_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO caunoi_writer, caunoi_eraser, caunoi_relay', current_database());
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO caunoi_follower', current_database());
END
$$;
