package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
)

// Rows of a cursor that are fetched at once.
const fetchSize = 100

// transactionChecks are transactions, savepoints and cursors.
func transactionChecks() {
	check("isolation levels", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		var answers []any
		for _, level := range []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable} {
			options := pgx.TxOptions{IsoLevel: level, AccessMode: pgx.ReadOnly, DeferrableMode: pgx.Deferrable}
			tx, err := conn.BeginTx(ctx, options)
			if err != nil {
				return nil, err
			}
			shown, err := rows(ctx, tx, "SELECT current_setting('transaction_isolation'), count(*) FROM customers")
			if err != nil {
				return nil, err
			}
			answers = append(answers, shown)
			if err := tx.Commit(ctx); err != nil {
				return nil, err
			}
		}
		return answers, nil
	}))
	check("COPY into a temporary table", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		if _, err := conn.Exec(ctx, "CREATE TEMP TABLE wanted (id int8, zone text, bought date)"); err != nil {
			return nil, err
		}
		day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
		source := pgx.CopyFromRows([][]any{{1, "North", day}, {2, nil, nil}})
		copied, err := conn.CopyFrom(ctx, pgx.Identifier{"wanted"}, []string{"id", "zone", "bought"}, source)
		if err != nil {
			return nil, err
		}
		text := strings.NewReader("3\tSouth\t2024-03-01\n")
		tag, err := conn.PgConn().CopyFrom(ctx, text, "COPY wanted FROM STDIN")
		if err != nil {
			return nil, err
		}
		_, wrong := conn.PgConn().CopyFrom(ctx, strings.NewReader("four\n"), "COPY wanted (id) FROM STDIN")
		fields, err := failure(wrong)
		if err != nil {
			return nil, err
		}
		var out strings.Builder
		gone, err := conn.PgConn().CopyTo(ctx, &out, "COPY (SELECT * FROM wanted ORDER BY id) TO STDOUT (FORMAT csv)")
		if err != nil {
			return nil, err
		}
		joined, err := rows(ctx, conn, "SELECT w.id, count(c.customer_id) FROM wanted w LEFT JOIN customers c ON c.zone = w.zone GROUP BY w.id ORDER BY 1")
		return []any{copied, tag.String(), fields, out.String(), gone.String(), joined}, err
	}))
	check("a savepoint is taken back alone", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return nil, err
		}
		inner, err := tx.Begin(ctx)
		if err != nil {
			return nil, err
		}
		_, err = rows(ctx, inner, "SELECT zonee FROM customers")
		first, err := failure(err)
		if err != nil {
			return nil, err
		}
		_, err = rows(ctx, inner, "SELECT 1")
		second, err := failure(err)
		if err != nil {
			return nil, err
		}
		if err := inner.Rollback(ctx); err != nil {
			return nil, err
		}
		after, err := rows(ctx, tx, "SELECT count(*) FROM customers")
		return []any{first, second, after, string(conn.PgConn().TxStatus())}, errors.Join(err, tx.Commit(ctx))
	}))
	check("a cursor brings every row once", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		tx, err := conn.Begin(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, "DECLARE pieces CURSOR FOR "+everyID+" LIMIT 1050"); err != nil {
			return nil, err
		}
		var read [][]any
		for {
			piece, err := rows(ctx, tx, fmt.Sprintf("FETCH FORWARD %d FROM pieces", fetchSize))
			if err != nil {
				return nil, err
			}
			if len(piece) == 0 {
				return read, tx.Rollback(ctx)
			}
			read = append(read, piece...)
		}
	}))
}

// typeChecks are what pgx asks about types and prepared statements.
func typeChecks() {
	check("types are looked up", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		row, err := conn.LoadType(ctx, "public.debit_to_credit")
		if err != nil {
			return nil, err
		}
		types, err := conn.LoadTypes(ctx, []string{"public.debit_to_credit", "information_schema.yes_or_no"})
		if err != nil {
			return nil, err
		}
		names := []any{row.Name}
		for _, each := range types {
			names = append(names, each.Name)
		}
		return names, nil
	}))
	check("a statement by its name", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		described, err := conn.Prepare(ctx, "by_zone", "SELECT count(*), max(account_balance) FROM customers WHERE zone = $1")
		if err != nil {
			return nil, err
		}
		answers := []any{fmt.Sprint(described.ParamOIDs), len(described.Fields)}
		for _, zone := range []any{"North", "South", nil} {
			answer, err := rows(ctx, conn, "by_zone", zone)
			if err != nil {
				return nil, err
			}
			answers = append(answers, answer)
		}
		if err := conn.DeallocateAll(ctx); err != nil {
			return nil, err
		}
		_, err = conn.PgConn().ExecPrepared(ctx, "by_zone", [][]byte{nil}, nil, nil).Close()
		fields, err := failure(err)
		return append(answers, fields), err
	}))
}

func one(host string, options map[string]string) func(ctx context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		conn, err := pgx.Connect(ctx, connectionURL(host, options))
		if err != nil {
			return nil, err
		}
		defer conn.Close(ctx)
		return rows(ctx, conn, "SELECT count(*) FROM customers")
	}
}

// sessionChecks are TLS, start-up options, cancel and the pool.
func sessionChecks() {
	host, authority := os.Getenv("CHECK_HOST"), os.Getenv("CHECK_AUTHORITY")
	for _, mode := range []string{"disable", "allow", "prefer", "require"} {
		check("sslmode="+mode, one(host, map[string]string{"sslmode": mode}))
	}
	for _, mode := range []string{"verify-ca", "verify-full"} {
		check("sslmode="+mode, one(host, map[string]string{"sslmode": mode, "sslrootcert": authority}))
		check("sslmode="+mode+" refuses another authority", func(ctx context.Context) (any, error) {
			other := map[string]string{"sslmode": mode, "sslrootcert": os.Getenv("CHECK_OTHER_AUTHORITY")}
			_, err := one(host, other)(ctx)
			var unknown *tls.CertificateVerificationError
			var authority x509.UnknownAuthorityError
			return errors.As(err, &unknown) || errors.As(err, &authority), nil
		})
	}
	check("sslmode=verify-full refuses another host", func(ctx context.Context) (any, error) {
		_, err := one("127.0.0.1", map[string]string{"sslmode": "verify-full", "sslrootcert": authority})(ctx)
		var wrong *tls.CertificateVerificationError
		return errors.As(err, &wrong), nil
	})
	check("TLS from the first byte", one(host, map[string]string{
		"sslmode": "verify-full", "sslrootcert": authority, "sslnegotiation": "direct",
	}))
	check("target_session_attrs", one(host, map[string]string{"target_session_attrs": "primary"}))
	check("a wrong password", func(ctx context.Context) (any, error) {
		config, err := pgx.ParseConfig(connectionURL(host, nil))
		if err != nil {
			return nil, err
		}
		config.Password = "wrong"
		_, err = pgx.ConnectConfig(ctx, config)
		return failure(err)
	})
	check("options at start-up", withConnection(
		map[string]string{"statement_timeout": "200", "TimeZone": "Asia/Kolkata", "application_name": "checks of pgx"},
		func(ctx context.Context, conn *pgx.Conn) (any, error) {
			said := []any{conn.PgConn().ParameterStatus("TimeZone"), conn.PgConn().ParameterStatus("application_name")}
			_, err := rows(ctx, conn, slow)
			fields, err := failure(err)
			return append(said, fields), err
		}))
	check("cancelled by a request", cancelByRequest)
	check("cancelled with its context", cancelByContext)
	check("a pool", pool)
}

func cancelByRequest(ctx context.Context) (any, error) {
	conn, err := connect(ctx, map[string]string{"sslmode": "require"})
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	ended := make(chan error, 1)
	go func() {
		_, err := rows(ctx, conn, slow)
		ended <- err
	}()
	for {
		// A request that comes before the statement cancels nothing, so it is made until one does.
		select {
		case err := <-ended:
			return failure(err)
		case <-time.After(100 * time.Millisecond):
			if err := conn.PgConn().CancelRequest(ctx); err != nil {
				return nil, err
			}
		}
	}
}

// The connection is kept: pgx asks the server to cancel when the context ends, and reads the answer.
func cancelByContext(ctx context.Context) (any, error) {
	config, err := pgx.ParseConfig(connectionURL(os.Getenv("CHECK_HOST"), nil))
	if err != nil {
		return nil, err
	}
	config.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: checkTimeout}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	short, stop := context.WithTimeout(ctx, 500*time.Millisecond)
	defer stop()
	_, err = rows(short, conn, slow)
	fields, err := failure(err)
	if err != nil {
		return nil, err
	}
	after, err := rows(ctx, conn, "SELECT 1")
	return []any{fields, after}, err
}

func pool(ctx context.Context) (any, error) {
	connections, err := pgxpool.New(ctx, connectionURL(os.Getenv("CHECK_HOST"), map[string]string{"pool_max_conns": "3"}))
	if err != nil {
		return nil, err
	}
	defer connections.Close()
	answers := make([]any, 12)
	problems := make([]error, len(answers))
	var all sync.WaitGroup
	for place := range answers {
		all.Go(func() {
			answers[place], problems[place] = rows(ctx, connections, "SELECT count(*) + $1::int8 FROM customers", place)
		})
	}
	all.Wait()
	return answers, errors.Join(problems...)
}

// databaseSQLChecks are those of Go's own interface to databases.
func databaseSQLChecks() {
	check("database/sql", func(ctx context.Context) (any, error) {
		db, err := sql.Open("pgx", connectionURL(os.Getenv("CHECK_HOST"), nil))
		if err != nil {
			return nil, err
		}
		defer db.Close()
		statement, err := db.PrepareContext(ctx,
			"SELECT customer_id, zone, account_balance, credit_score, onboarding_date FROM customers WHERE customer_id > $1 ORDER BY 1 LIMIT $2")
		if err != nil {
			return nil, err
		}
		result, err := statement.QueryContext(ctx, 5, 20)
		if err != nil {
			return nil, err
		}
		defer result.Close()
		types, err := result.ColumnTypes()
		if err != nil {
			return nil, err
		}
		var answers []any
		for _, each := range types {
			precision, scale, isSized := each.DecimalSize()
			answers = append(answers, []any{each.Name(), each.DatabaseTypeName(), each.ScanType().String(), precision, scale, isSized})
		}
		for result.Next() {
			var id int64
			var zone, balance string
			var score sql.NullInt64
			var since time.Time
			if err := result.Scan(&id, &zone, &balance, &score, &since); err != nil {
				return nil, err
			}
			answers = append(answers, []any{id, zone, balance, score.Valid, score.Int64, since})
		}
		return answers, result.Err()
	})
}
