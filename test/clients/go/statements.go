package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How often a statement is run: first described and prepared, then from the cache.
const executions = 3

// statementChecks are statements, parameters and errors in one of the ways in which pgx runs them.
func statementChecks(mode pgx.QueryExecMode) {
	checked := func(name string, body func(ctx context.Context, conn *pgx.Conn) (any, error)) {
		options := map[string]string{"default_query_exec_mode": execModeNames[mode]}
		check(fmt.Sprintf("%s: %s", execModeNames[mode], name), withConnection(options, body))
	}
	several := func(name, sql string, args ...any) {
		checked(name, func(ctx context.Context, conn *pgx.Conn) (any, error) {
			var answers []any
			for range executions {
				answer, err := rows(ctx, conn, sql, args...)
				if err != nil {
					return nil, err
				}
				answers = append(answers, answer)
			}
			return answers, nil
		})
	}
	several("every type", everyType)
	several("a measure by a dimension", measures)
	several("parameters of every type", `SELECT $1::text, $2::int4, $3::int8, $4::float8, $5::numeric, $6::bool,
			$7::date, $8::timestamp, $9::timestamptz, $10::bytea, $11::text, $12::int4`,
		`it's a \ "text" é`, int32(42), int64(1)<<40, 1.5e300, "12345678901234567890.123", true,
		time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 12, 30, 0, 123456000, time.UTC),
		time.Date(2024, 2, 29, 12, 30, 0, 0, time.UTC), []byte{0, 255, 39, 92}, nil, nil)
	several("parameters in conditions",
		`SELECT zone, count(*) FROM customers WHERE zone = ANY($1::text[]) AND customer_id <> ALL($2::int8[])
			AND account_balance > $3::numeric AND onboarding_date < $4::timestamp AND zone IS DISTINCT FROM $5::text
			GROUP BY 1 ORDER BY 1 LIMIT $6::int8`,
		[]string{"North", "South"}, []int64{1, 2, 3}, "1000.5", time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), nil, int64(10))
	checked("columns of a result", func(ctx context.Context, conn *pgx.Conn) (any, error) {
		result, err := conn.Query(ctx, everyType)
		if err != nil {
			return nil, err
		}
		defer result.Close()
		var columns []any
		for _, field := range result.FieldDescriptions() {
			columns = append(columns, []any{field.Name, field.DataTypeOID, field.DataTypeSize, field.TypeModifier,
				field.TableAttributeNumber, field.Format})
		}
		return columns, nil
	})
	checked("errors", func(ctx context.Context, conn *pgx.Conn) (any, error) {
		var answers []any
		for _, sql := range []string{
			"SELECT zonee FROM customers", "SELECT * FROM customer", "SELECT zone FRM customers", "SELECT 1/0",
			"SELECT zone, count(*) FROM customers",
		} {
			_, err := rows(ctx, conn, sql)
			fields, err := failure(err)
			if err != nil {
				return nil, err
			}
			answers = append(answers, fields)
		}
		return answers, nil
	})
	checked("a write is refused", func(ctx context.Context, conn *pgx.Conn) (any, error) {
		_, err := conn.Exec(ctx, "DELETE FROM customers")
		fields, err := failure(err)
		if err != nil {
			return nil, err
		}
		if code := either("25006", "42501"); fields.([]any)[1] != code {
			return nil, fmt.Errorf("%v", fields)
		}
		return nil, nil
	})
}

var execModeNames = map[pgx.QueryExecMode]string{
	pgx.QueryExecModeCacheStatement: "cache_statement",
	pgx.QueryExecModeCacheDescribe:  "cache_describe",
	pgx.QueryExecModeDescribeExec:   "describe_exec",
	pgx.QueryExecModeExec:           "exec",
	pgx.QueryExecModeSimpleProtocol: "simple_protocol",
}

// batchChecks are statements that are sent together.
func batchChecks() {
	check("a batch", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		batch := &pgx.Batch{}
		for id := range 30 {
			batch.Queue("SELECT customer_id, zone FROM customers WHERE customer_id = $1", id)
		}
		batch.Queue(measures)
		results := conn.SendBatch(ctx, batch)
		var answers []any
		for range batch.Len() {
			result, err := results.Query()
			if err != nil {
				return nil, err
			}
			answer, err := readAll(result)
			if err != nil {
				return nil, err
			}
			answers = append(answers, answer)
		}
		return answers, results.Close()
	}))
	check("an error in a batch", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		batch := &pgx.Batch{}
		batch.Queue("SELECT 1")
		batch.Queue("SELECT 1 / (customer_id - customer_id) FROM customers")
		batch.Queue("SELECT 2")
		results := conn.SendBatch(ctx, batch)
		_, first := results.Exec()
		_, second := results.Exec()
		_, third := results.Exec()
		fields, err := failure(second)
		if err != nil {
			return nil, err
		}
		closed := results.Close()
		after, err := rows(ctx, conn, "SELECT 3")
		return []any{first == nil, fields, third != nil, closed != nil, after}, err
	}))
	check("a pipeline", withConnection(nil, func(ctx context.Context, conn *pgx.Conn) (any, error) {
		pipeline := conn.PgConn().StartPipeline(ctx)
		pipeline.SendPrepare("by_id", "SELECT zone FROM customers WHERE customer_id = $1", nil)
		pipeline.SendQueryPrepared("by_id", [][]byte{[]byte("1")}, nil, nil)
		pipeline.SendQueryParams("SELECT $1::int4", [][]byte{{0, 0, 0, 7}}, []uint32{23}, []int16{1}, []int16{1})
		pipeline.SendDeallocate("by_id")
		if err := pipeline.Sync(); err != nil {
			return nil, err
		}
		return pipelined(pipeline)
	}))
}

// pipelined is what a pipeline answers up to its end, and the values of its results.
func pipelined(pipeline *pgconn.Pipeline) (any, error) {
	var answers []any
	for {
		result, err := pipeline.GetResults()
		if err != nil {
			return nil, errors.Join(err, pipeline.Close())
		}
		answers = append(answers, fmt.Sprintf("%T", result))
		switch result := result.(type) {
		case *pgconn.ResultReader:
			read := result.Read()
			answers = append(answers, fmt.Sprintf("%v %s", read.Rows, read.CommandTag))
		case *pgconn.PipelineSync, nil:
			return answers, pipeline.Close()
		}
	}
}
